// A firmware under measurement: the simulator, or a build for ESP-IDF's linux target.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildHost, Problem, root } from '../../scripts/lib/setup.mjs';
import { Counters } from './counters.mjs';

/** Builds what the benchmarks run and returns the paths of the programs. */
export function build() {
  const targets = ['esp-prov-sim', 'esp-prov-bench', 'probe', 'bench-load'];
  const folder = buildHost('host', targets);
  return {
    simulator: join(folder, 'sim', 'esp-prov-sim'),
    bench: join(folder, 'bench', 'esp-prov-bench'),
    probe: join(folder, 'bench', 'libprobe.so'),
    load: join(folder, 'bench', 'bench-load'),
  };
}

/** Folders and processes that must not outlive this one. */
const folders = [];
const running = new Set();
process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
  for (const folder of folders) {
    // What was killed may still be writing there for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
});

/** A folder that is gone with the process. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  folders.push(folder);
  return folder;
}

/** A world of so many networks with names as long as names get, as a file. */
export function worldOf(count, { folder, name = 'Network', saved = 0, ...ap }) {
  const accessPoints = Array.from({ length: count + saved }, (_, i) => ({
    ssid: `${i < count ? name : 'Saved'} ${String(i).padStart(4, '0')} of the neighbourhood`.slice(
      0,
      32,
    ),
    bssid: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    channel: 1 + (i % 11),
    rssi: -40 - (i % 50),
    ...ap,
  }));
  const file = join(folder, `${name}-${count}.json`);
  writeFileSync(file, JSON.stringify({ access_points: accessPoints }));
  return { file, accessPoints };
}

/** Polls `probe` until it gives something that is not undefined. */
export async function until(probe, what, { every = 5, patience = 60_000 } = {}) {
  const end = performance.now() + patience;
  for (;;) {
    const value = await probe();
    if (value !== undefined) {
      return value;
    }
    if (performance.now() > end) {
      throw new Problem(`Waited in vain for ${what}`);
    }
    await delay(every);
  }
}

/** HTTP on one connection that stays open, with the bytes that each exchange took on it. */
export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  constructor(port) {
    this.port = port;
  }

  call(method, path, { body, headers = {} } = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options = {
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: {
        ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
        'Content-Length': method === 'GET' ? undefined : Buffer.byteLength(text ?? ''),
        ...headers,
      },
    };
    if (options.headers['Content-Length'] === undefined) {
      delete options.headers['Content-Length'];
    }
    return new Promise((resolve, reject) => {
      const asked = request(options, (reply) => {
        const pieces = [];
        reply.on('data', (piece) => pieces.push(piece));
        reply.on('error', reject);
        reply.on('end', () => {
          const bytes = Buffer.concat(pieces);
          resolve({
            status: reply.statusCode,
            headers: reply.headers,
            bytes,
            json: () => JSON.parse(bytes.toString()),
          });
        });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  }

  get(path, headers) {
    return this.call('GET', path, { headers });
  }

  close() {
    this.#agent.destroy();
  }
}

export class Device {
  #process;
  #ended;
  #log = '';
  #folder = scratch();

  /**
   * `wrapper`: a program and its arguments that runs the simulator. `probe`: the library to count with.
   * `state`: a folder with the flash; a fresh one without it.
   */
  async start(program, options = {}) {
    const { scenario = 'home', speed = 1, state, probe, wrapper = [], logLevel = 'info' } = options;
    const folder = state ?? this.#folder;
    const counters = join(this.#folder, 'counters');
    const [command, ...args] = [
      ...wrapper,
      program,
      ...['--port', '0', '--scenario', scenario, '--speed', String(speed)],
      ...['--state', folder, '--log-level', logLevel],
    ];
    this.#spawn(command, args, probe ? { LD_PRELOAD: probe, COUNTERS: counters } : {});
    this.control = join(folder, 'control.sock');
    this.port = Number(
      await until(() => /Open http:\/\/[^:]+:(\d+)/.exec(this.#log)?.[1], 'the simulator', {
        patience: 120_000,
      }),
    );
    this.counters = probe ? new Counters(counters) : undefined;
    this.client = new Client(this.port);
    return this;
  }

  /** The same for a program built for ESP-IDF's linux target, which has port 8080. */
  async startIdf(program, { scenario = 'home' } = {}) {
    this.port = 8080;
    this.client = new Client(this.port);
    if (await this.client.get('/').catch(() => undefined)) {
      throw new Problem(`Something else is on port ${this.port}, which ${program} needs`);
    }
    this.control = join(this.#folder, 'control.sock');
    this.#spawn(program, [], {
      SIM_SCENARIO: scenario,
      SIM_STATE: this.#folder,
      SIM_FRESH: '1',
      SIM_CONTROL: this.control,
    });
    await until(() => this.client.get('/api/status').catch(() => undefined), program);
    return this;
  }

  #spawn(command, args, env) {
    this.#process = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (text) => {
      this.#log += text;
    };
    this.#process.stdout.on('data', take);
    this.#process.stderr.on('data', take);
    this.#ended = new Promise((resolve) => {
      this.#process.on('error', resolve);
      this.#process.on('exit', (code) => {
        running.delete(this.#process);
        if (code) {
          process.stderr.write(this.#log);
        }
        resolve();
      });
    });
    running.add(this.#process);
  }

  get pid() {
    return this.#process.pid;
  }

  get log() {
    return this.#log;
  }

  async stop() {
    this.client?.close();
    this.counters?.close();
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  /** Changes the simulated world; host/sim/README.md has the commands. */
  async command(command) {
    await until(() => existsSync(this.control) || undefined, this.control);
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.control);
      let text = '';
      socket.on('data', (piece) => {
        text += piece;
        if (text.includes('\n')) {
          socket.destroy();
          const reply = JSON.parse(text);
          reply.ok ? resolve(reply) : reject(new Problem(`${this.control}: ${reply.error}`));
        }
      });
      socket.on('error', reject);
      socket.write(`${JSON.stringify(command)}\n`);
    });
  }

  /** Waits for the end of the scan that runs. */
  scanned() {
    return until(async () => {
      const { scanning } = (await this.client.get('/api/status')).json().scan;
      return scanning ? undefined : true;
    }, 'the end of a scan');
  }

  /** Waits for a connection test's verdict. */
  verdict() {
    return until(async () => {
      const report = (await this.client.get('/api/connect')).json();
      return ['connected', 'failed'].includes(report.state) ? report : undefined;
    }, 'a verdict');
  }

  async connect(body) {
    const reply = await this.client.call('POST', '/api/connect', { body });
    if (reply.status !== 202) {
      throw new Problem(`POST /api/connect: ${reply.status} ${reply.bytes}`);
    }
    return this.verdict();
  }
}
