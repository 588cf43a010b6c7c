// What a browser goes through to a portal: a SOCKS proxy that counts and, if it has a radio, sends everything
// over that. With SOCKS the browser waits for a connection as it would on the air.

import { connect, createServer } from 'node:net';
import { monotonic, RealClock } from './clock.mjs';
import { Connection, Radio } from './radio.mjs';

export const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

/** A connection that takes no time, in the shape of radio.mjs's. */
class Wire {
  constructor({ toDevice, toPhone }) {
    this.fromPhone = { write: toDevice, end: (ended) => ended() };
    this.fromDevice = { write: toPhone, end: (ended) => ended() };
  }

  open(opened) {
    opened();
  }
}

/** SOCKS version 5 (RFC 1928): no authentication, CONNECT to a port of this machine. */
class Handshake {
  #bytes = Buffer.alloc(0);
  #isGreeted = false;

  /** Answers `{ reply }`, `{ port, rest }` or, while bytes are missing, nothing. */
  take(piece) {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    const bytes = this.#bytes;
    if (!this.#isGreeted) {
      if (bytes.length < 2 || bytes.length < 2 + bytes[1]) {
        return {};
      }
      this.#isGreeted = true;
      this.#bytes = bytes.subarray(2 + bytes[1]);
      return { reply: Buffer.from([5, 0]) };
    }
    if (bytes.length < 5) {
      return {};
    }
    const addressBytes = { 1: 4, 3: 1 + bytes[4], 4: 16 }[bytes[3]];
    const end = 4 + addressBytes + 2;
    if (bytes.length < end) {
      return {};
    }
    const isHere = /127\.0\.0\.1$/.test(bytes.subarray(4, end - 2).toString('latin1'));
    return isHere
      ? { port: bytes.readUInt16BE(end - 2), rest: bytes.subarray(end) }
      : { reply: answer(notAllowed), isRefused: true };
  }
}

const succeeded = 0;
const notAllowed = 2;
const answer = (code) => Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]);

const sum = (pieces) => pieces.reduce((all, { size }) => all + size, 0);

export class RadioProxy {
  #server;
  #sockets = new Set();
  #clock = new RealClock();
  #radio;
  #pieces = [];
  #connections = [];

  async start() {
    this.#server = createServer({ noDelay: true }, (browser) => this.#serve(browser));
    this.port = await listen(this.#server);
    return this;
  }

  /** Options with which Chromium goes through this proxy, to this machine's own ports too. */
  get arguments() {
    return [`--proxy-server=socks5://127.0.0.1:${this.port}`, '--proxy-bypass-list=<-loopback>'];
  }

  /** Ends all connections and counts from zero, over `link` or, without it, at once. */
  reset(link) {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#clock.stop();
    this.#clock = new RealClock();
    this.#radio = link && new Radio(link, this.#clock);
    this.#pieces = [];
    this.#connections = [];
  }

  #serve(browser) {
    const handshake = new Handshake();
    const greet = (piece) => {
      const { reply, isRefused, port, rest } = handshake.take(piece);
      if (isRefused) {
        // A browser's own business with the rest of the world.
        browser.end(reply);
      } else if (reply) {
        browser.write(reply);
      } else if (port !== undefined) {
        browser.off('data', greet);
        this.#pass(browser, port, rest);
      }
    };
    browser.on('data', greet);
    this.#keep(browser);
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #pass(browser, port, first) {
    const clock = this.#clock;
    const device = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#keep(device);
    this.#connections.push(monotonic());
    let path;
    const count = (bytes, what) =>
      this.#pieces.push({ at: monotonic(), size: bytes.length, path, ...what });
    const ends = {
      toDevice: (bytes) => device.write(bytes),
      toPhone: (bytes) => {
        count(bytes, { isAnswer: true });
        browser.write(bytes);
      },
    };
    const connection = this.#radio ? new Connection(this.#radio, ends) : new Wire(ends);
    const ask = (bytes) => {
      clock.run();
      const line = /^[A-Z]+ (\S+) HTTP/.exec(bytes.toString('latin1'));
      path = line?.[1] ?? path;
      count(bytes, { begins: line !== null });
      connection.fromPhone.write(bytes);
    };
    connection.open(() => {
      browser.write(answer(succeeded));
      browser.on('data', ask);
      if (first.length > 0) {
        ask(first);
      }
    });
    device.on('data', (bytes) => {
      clock.run();
      connection.fromDevice.write(bytes);
    });
    device.on('end', () => {
      clock.run();
      connection.fromDevice.end(() => browser.end());
    });
    browser.on('end', () => {
      clock.run();
      connection.fromPhone.end(() => device.end());
    });
    browser.on('close', () => device.destroy());
  }

  /** What was exchanged since the reset and up to a time of the monotonic clock. */
  until(time) {
    const before = this.#pieces.filter(({ at }) => at <= time);
    return {
      bytes: sum(before),
      requests: before.filter(({ begins }) => begins).length,
      connections: this.#connections.filter((at) => at <= time).length,
    };
  }

  /** Bytes of all questions for a path and of their answers, since the reset. */
  exchangeOf(wanted) {
    const pieces = this.#pieces.filter(({ path }) => path === wanted);
    return {
      question: sum(pieces.filter(({ isAnswer }) => !isAnswer)),
      answer: sum(pieces.filter(({ isAnswer }) => isAnswer)),
    };
  }

  stop() {
    this.reset();
    this.#server.close();
  }
}
