// @vitest-environment node
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonic } from '../lib/clock.mjs';
import { listen, RadioProxy } from '../lib/proxy.mjs';

/** A browser's side: the SOCKS handshake, and then what it sends and gets. */
class Visitor {
  #received = Buffer.alloc(0);
  #waiting;

  constructor(port) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (piece) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#look();
    });
    this.ended = new Promise((resolve) => this.socket.on('close', resolve));
  }

  #look() {
    const { enough, resolve } = this.#waiting ?? {};
    if (enough?.(this.#received)) {
      this.#waiting = undefined;
      resolve(this.#received);
      this.#received = Buffer.alloc(0);
    }
  }

  /** Sends `bytes` and resolves to what has come when it is enough. */
  ask(bytes, enough) {
    this.socket.write(bytes);
    return new Promise((resolve) => {
      this.#waiting = { enough, resolve };
      this.#look();
    });
  }

  async open(host, port) {
    await this.ask(Buffer.from([5, 1, 0]), ({ length }) => length >= 2);
    const address = Buffer.from([
      5,
      1,
      0,
      3,
      host.length,
      ...Buffer.from(host),
      port >> 8,
      port & 255,
    ]);
    const reply = await this.ask(address, ({ length }) => length >= 10);
    return reply[1];
  }

  get(path) {
    return this.ask(`GET ${path} HTTP/1.1\r\nHost: device\r\n\r\n`, (all) => all.includes('hello'));
  }
}

describe('the proxy', () => {
  let portal;
  let port;
  let proxy;

  beforeEach(async () => {
    portal = createServer((_, response) => {
      response.sendDate = false;
      response.writeHead(200, { 'Content-Length': 5 });
      response.end('hello');
    });
    port = await listen(portal);
    proxy = await new RadioProxy().start();
  });

  afterEach(() => {
    proxy.stop();
    portal.closeAllConnections();
    portal.close();
  });

  it('counts bytes, requests and connections', async () => {
    const visitor = new Visitor(proxy.port);
    expect(await visitor.open('127.0.0.1', port)).toBe(0);
    const answers = [await visitor.get('/'), await visitor.get('/scan')];
    const questions = ['/', '/scan'].map((path) => `GET ${path} HTTP/1.1\r\nHost: device\r\n\r\n`);
    const sum = [...answers, ...questions].reduce((all, { length }) => all + length, 0);
    expect(proxy.until(monotonic())).toEqual({ bytes: sum, requests: 2, connections: 1 });
    expect(proxy.exchangeOf('/scan')).toEqual({
      question: questions[1].length,
      answer: answers[1].length,
    });
  });

  it('tells apart what came before a moment and after it', async () => {
    const visitor = new Visitor(proxy.port);
    await visitor.open('127.0.0.1', port);
    await visitor.get('/');
    const moment = monotonic();
    const before = proxy.until(moment);
    await visitor.get('/late');
    expect(proxy.until(moment)).toEqual(before);
    expect(proxy.until(monotonic()).requests).toBe(2);
  });

  it('passes the same bytes over a radio, after the time that they take there', async () => {
    proxy.reset({ mbit: 1, latency: 40 });
    const begun = monotonic();
    const visitor = new Visitor(proxy.port);
    expect(await visitor.open('127.0.0.1', port)).toBe(0);
    // Nothing on a machine makes it faster than this, and slower is no fault.
    expect(monotonic() - begun).toBeGreaterThan(40);
    expect((await visitor.get('/')).toString()).toContain('\r\n\r\nhello');
    expect(monotonic() - begun).toBeGreaterThan(80);
  });

  it('ends connections and forgets what it counted when it begins anew', async () => {
    const visitor = new Visitor(proxy.port);
    await visitor.open('127.0.0.1', port);
    await visitor.get('/');
    proxy.reset();
    await visitor.ended;
    expect(proxy.until(monotonic())).toEqual({ bytes: 0, requests: 0, connections: 0 });
  });

  it('refuses what a browser wants of other machines, and does not count it', async () => {
    const visitor = new Visitor(proxy.port);
    expect(await visitor.open('updates.example', 443)).not.toBe(0);
    await visitor.ended;
    expect(proxy.until(monotonic()).connections).toBe(0);
  });
});
