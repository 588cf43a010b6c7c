// A device's radio as its phone's browser feels it: TCP segments that follow each other over one channel, with
// real round trips. It knows no socket, and its clock is given, so that tests can run it without waiting.

import { SimulatedClock } from './clock.mjs';

/**
 * Bytes of a full segment, and what a device has under way at most: LWIP_TCP_MSS, LWIP_TCP_SND_BUF_DEFAULT and
 * LWIP_TCP_WND_DEFAULT of ESP-IDF (components/lwip/Kconfig), four segments in either direction.
 */
export const segmentBytes = 1440;
export const windowBytes = 4 * segmentBytes;

/**
 * What lwIP sends before the first acknowledgement: LWIP_TCP_CALC_INITIAL_CWND (lwip/src/core/tcp_in.c), which is
 * three full segments. Then slow start adds what is acknowledged.
 */
export const firstWindowBytes = Math.min(4 * segmentBytes, Math.max(2 * segmentBytes, 4380));

/** IPv4 and TCP without options. What the radio adds below them is part of its rate. */
export const headerBytes = 40;

/** The channel: whoever sends waits for its turn, in either direction. */
export class Radio {
  #free = 0;

  /** `mbit`: megabits a second. `latency`: a round trip without the time to send, in ms. */
  constructor({ mbit, latency }, clock) {
    this.clock = clock;
    this.bytesPerMs = (mbit * 1000) / 8;
    this.oneWay = latency / 2;
  }

  /** Sends one packet with so many bytes above TCP; `arrived` is called when the other side has it. */
  transmit(bytes, arrived) {
    this.#free = Math.max(this.clock.now(), this.#free) + (bytes + headerBytes) / this.bytesPerMs;
    this.clock.at(this.#free + this.oneWay, arrived);
  }
}

/** One direction of a connection. */
class Stream {
  #radio;
  #deliver;
  #waiting = Buffer.alloc(0);
  #underWay = 0;
  #window;
  #ended;

  constructor(radio, firstWindow, deliver) {
    this.#radio = radio;
    this.#window = firstWindow;
    this.#deliver = deliver;
  }

  write(bytes) {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#pump();
  }

  /** `ended` is called after the last byte has arrived. */
  end(ended) {
    this.#ended = ended;
    this.#pump();
  }

  #pump() {
    while (this.#waiting.length > 0) {
      const segment = this.#waiting.subarray(0, segmentBytes);
      if (this.#underWay + segment.length > this.#window) {
        return;
      }
      this.#waiting = this.#waiting.subarray(segment.length);
      this.#underWay += segment.length;
      this.#radio.transmit(segment.length, () => {
        this.#deliver(segment);
        // A phone acknowledges each of a connection's first segments at once (Linux: TCP_MAX_QUICKACKS).
        this.#radio.transmit(0, () => {
          this.#underWay -= segment.length;
          this.#window = Math.min(windowBytes, this.#window + segment.length);
          this.#pump();
        });
      });
    }
    if (this.#ended !== undefined) {
      this.#radio.transmit(0, this.#ended);
      this.#ended = undefined;
    }
  }
}

export class Connection {
  #radio;

  /** `toDevice` and `toPhone` are called with the bytes that arrive there. */
  constructor(radio, { toDevice, toPhone }) {
    this.#radio = radio;
    // A phone's own first window is ten segments, so that the device's receive window is the smaller one.
    this.fromPhone = new Stream(radio, windowBytes, toDevice);
    this.fromDevice = new Stream(radio, firstWindowBytes, toPhone);
  }

  /** SYN and its answer: `opened` is called one round trip later, when the phone can send. */
  open(opened) {
    this.#radio.transmit(0, () => this.#radio.transmit(0, opened));
  }
}

/** Time in ms until a new connection has brought an answer, if only the radio takes time. */
export function wireTime(link, { question, answer }) {
  const clock = new SimulatedClock();
  let time;
  const connection = new Connection(new Radio(link, clock), {
    toDevice: () => connection.fromDevice.write(Buffer.alloc(answer)),
    toPhone: () => {
      time = clock.now();
    },
  });
  connection.open(() => connection.fromPhone.write(Buffer.alloc(question)));
  clock.run();
  return time;
}
