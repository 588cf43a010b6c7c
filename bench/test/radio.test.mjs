// @vitest-environment node
import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../lib/clock.mjs';
import {
  Connection,
  firstWindowBytes,
  headerBytes,
  Radio,
  segmentBytes,
  windowBytes,
  wireTime,
} from '../lib/radio.mjs';

/** 1 Mbit/s is 125 bytes a millisecond. */
const link = { mbit: 1, latency: 40 };
const airTime = (bytes) => (bytes + headerBytes) / 125;

describe('a radio', () => {
  let clock;
  let radio;
  let arrivals;
  const arrived = (what) => () => arrivals.push([what, clock.now()]);

  beforeEach(() => {
    clock = new SimulatedClock();
    radio = new Radio(link, clock);
    arrivals = [];
  });

  it('takes a packet its bytes, headers included, and half a round trip', () => {
    radio.transmit(1440, arrived('packet'));
    clock.run();
    expect(arrivals).toEqual([['packet', 1480 / 125 + 20]]);
  });

  it('sends one packet after the other, whoever sends it', () => {
    radio.transmit(1440, arrived('to the phone'));
    radio.transmit(460, arrived('to the device'));
    clock.run();
    expect(arrivals).toEqual([
      ['to the phone', 1480 / 125 + 20],
      ['to the device', (1480 + 500) / 125 + 20],
    ]);
  });

  it('sends at once what comes when nothing is being sent', () => {
    clock.at(100, () => radio.transmit(460, arrived('packet')));
    clock.run();
    expect(arrivals).toEqual([['packet', 100 + 4 + 20]]);
  });
});

describe('a connection', () => {
  let clock;
  let radio;
  let received;

  /** One whose device answers the first bytes of a question with so many. */
  function connect(answer) {
    const its = { pieces: [], times: [] };
    const connection = new Connection(radio, {
      toDevice: () => connection.fromDevice.write(answer),
      toPhone: (bytes) => {
        its.pieces.push(bytes.length);
        its.times.push(clock.now());
        received.push(bytes);
      },
    });
    return { connection, its };
  }

  beforeEach(() => {
    clock = new SimulatedClock();
    radio = new Radio(link, clock);
    received = [];
  });

  it('is open one round trip after it was asked for', () => {
    let openedAt;
    connect(Buffer.alloc(0)).connection.open(() => {
      openedAt = clock.now();
    });
    clock.run();
    expect(openedAt).toBeCloseTo(40 + 2 * airTime(0));
  });

  it('cuts what is written into segments and loses nothing', () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
    const { connection, its } = connect(bytes);
    connection.open(() => connection.fromPhone.write(Buffer.alloc(100)));
    clock.run();
    expect(its.pieces).toEqual([1440, 1440, 1440, 680]);
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
  });

  it('has three segments of a device under way until the first is acknowledged', () => {
    const { connection, its } = connect(Buffer.alloc(4 * segmentBytes));
    connection.fromPhone.write(Buffer.alloc(100));
    clock.run();
    expect(firstWindowBytes).toBe(4380);
    const [first, second, third, fourth] = its.times;
    expect(second - first).toBeCloseTo(airTime(segmentBytes));
    expect(third - second).toBeCloseTo(airTime(segmentBytes));
    // The acknowledgement of the first waits for its turn behind the third, goes there, and the fourth comes back.
    expect(fourth).toBeGreaterThanOrEqual(first + 40 + airTime(0) + airTime(segmentBytes));
  });

  it('never has more than four segments under way', () => {
    let underWay = 0;
    let most = 0;
    class Watched extends Radio {
      transmit(bytes, arrived) {
        underWay += bytes;
        most = Math.max(most, underWay);
        super.transmit(bytes, () => {
          // All segments here are full, and what has no bytes is the acknowledgement of one.
          underWay -= bytes === 0 ? segmentBytes : 0;
          arrived();
        });
      }
    }
    let arrivedBytes = 0;
    const connection = new Connection(new Watched(link, clock), {
      toDevice: () => {},
      toPhone: ({ length }) => {
        arrivedBytes += length;
      },
    });
    connection.fromDevice.write(Buffer.alloc(20 * segmentBytes));
    clock.run();
    expect(arrivedBytes).toBe(20 * segmentBytes);
    expect(most).toBe(windowBytes);
  });

  it('shares the radio with another one: both take twice as long', () => {
    const bytes = Buffer.alloc(3 * segmentBytes);
    const alone = connect(bytes);
    alone.connection.fromDevice.write(bytes);
    clock.run();
    const begun = clock.now();
    const [one, other] = [connect(bytes), connect(bytes)];
    one.connection.fromDevice.write(bytes);
    other.connection.fromDevice.write(bytes);
    clock.run();
    const sending = alone.its.times.at(-1) - 20;
    expect(other.its.times.at(-1) - begun - 20).toBeCloseTo(2 * sending);
  });

  it('ends after its last byte has arrived', () => {
    const { connection, its } = connect(Buffer.alloc(0));
    let endedAt;
    connection.fromDevice.write(Buffer.alloc(10 * segmentBytes));
    connection.fromDevice.end(() => {
      endedAt = clock.now();
    });
    clock.run();
    expect(its.pieces).toHaveLength(10);
    expect(endedAt).toBeGreaterThan(its.times.at(-1));
  });
});

describe('the time on the radio', () => {
  it('is two round trips and the bytes for what fits one segment', () => {
    const packets = airTime(0) * 2 + airTime(400) + airTime(1000);
    expect(wireTime(link, { question: 400, answer: 1000 })).toBeCloseTo(80 + packets);
  });

  it('is longer on a link with longer round trips by as much as it has of them', () => {
    const near = wireTime({ mbit: 1000, latency: 10 }, { question: 400, answer: 12_000 });
    const far = wireTime({ mbit: 1000, latency: 100 }, { question: 400, answer: 12_000 });
    // Connection, the first three segments, four, and the last two.
    expect(far / near).toBeCloseTo(10, 0);
    expect(far).toBeGreaterThan(4 * 100);
    expect(far).toBeLessThan(4 * 100 + 5);
  });

  it('comes close to the rate of the link for a long answer on a short way', () => {
    const time = wireTime({ mbit: 5, latency: 1 }, { question: 400, answer: 1_000_000 });
    const bytesAndHeaders = 1_000_000 * (1 + (2 * headerBytes) / segmentBytes);
    expect(time).toBeGreaterThan((bytesAndHeaders * 8) / 5000);
    // The rest is the pause until acknowledgements of a full window are back.
    expect(time).toBeLessThan(((bytesAndHeaders * 8) / 5000) * 1.05);
  });
});
