// Chromium by its own protocol, without a test runner between: a runner keeps scripts in the page and listens to
// everything that happens there, and both cost the page time.

import { spawn } from 'node:child_process';
import { Problem } from '../../scripts/lib/setup.mjs';
import { scratch } from './device.mjs';

const quiet = [
  '--headless',
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-startup-window',
  '--mute-audio',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-field-trial-config',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

export class Chromium {
  #process;
  #calls = new Map();
  #listeners = new Set();
  #last = 0;
  #received = '';

  async start(options) {
    const program = process.env.CHROMIUM || '/usr/bin/chromium';
    this.#process = spawn(
      program,
      [...quiet, ...options, `--user-data-dir=${scratch()}`, '--remote-debugging-pipe'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.#process.on('error', (error) => {
      throw new Problem(`${program} could not be started: ${error.message}`);
    });
    process.on('exit', () => this.#process.kill('SIGKILL'));
    const [, , , , messages] = this.#process.stdio;
    messages.setEncoding('utf8').on('data', (text) => this.#take(text));
    await this.send('Browser.getVersion');
    return this;
  }

  #take(text) {
    const parts = (this.#received + text).split('\0');
    this.#received = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      if (message.id === undefined) {
        for (const listener of this.#listeners) {
          listener(message);
        }
        continue;
      }
      const { resolve, reject, method } = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error) {
        reject(new Problem(`Chromium, ${method}: ${message.error.message}`));
      } else {
        resolve(message.result);
      }
    }
  }

  /** Calls a method of the browser, or of a page if its session is given. */
  send(method, params = {}, sessionId = undefined) {
    this.#last += 1;
    const id = this.#last;
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, method });
    });
  }

  /** `listener` gets `{ method, params, sessionId }`; call what is returned to stop that. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A page that nobody has used before: no cache, no cookies, no connection, no process. */
  async newPage({ width, height }) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
      width,
      height,
    });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return {
      send: (method, params) => this.send(method, params, sessionId),
      listen: (method, listener) =>
        this.listen((message) => {
          if (message.sessionId === sessionId && message.method === method) {
            listener(message.params);
          }
        }),
      close: () => this.send('Target.disposeBrowserContext', { browserContextId }),
    };
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.on('exit', resolve));
    // Nothing of it is kept, so that it needs no time to put anything away.
    this.#process.kill('SIGKILL');
    await ended;
  }
}
