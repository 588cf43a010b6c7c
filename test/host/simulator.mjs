// The simulator as a child process, for tests. ESP_PROV_SIM names the program,
// out/host/sim/esp-prov-sim is the default.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const binary = process.env.ESP_PROV_SIM ?? join(root, 'out/host/sim/esp-prov-sim');
/** Of the machine's time: only a test that fails waits that long. */
const patience = 120_000;

let scratch;
let folders = 0;
const running = new Set();

before(() => {
  assert.ok(existsSync(binary), `${binary} is not built`);
  scratch = mkdtempSync(join(tmpdir(), 'sim-cli-'));
});

after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** A path that goes with the tests. */
export const scratchFile = (name) => join(scratch, name);

export const freshFolder = () => join(scratch, `state-${++folders}`);

/**
 * Starts the simulator, or one beside it whose name ends in `variant`; what it says is collected, and lines can be
 * waited for.
 */
export function start(args, variant = '') {
  const child = spawn(`${binary}${variant}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const sim = { child, out: [], err: '' };
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    sim.out.push(line);
    for (const wait of waiting) wait.look(line);
  });
  child.stderr.on('data', (data) => (sim.err += data));
  sim.ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    for (const wait of waiting) wait.giveUp();
    return { code, signal };
  });
  sim.line = (pattern) =>
    new Promise((found, missed) => {
      const giveUp = () =>
        missed(new Error(`no line matches ${pattern}:\n${sim.out.join('\n')}\n${sim.err}`));
      const timer = setTimeout(giveUp, patience).unref();
      const look = (line) => {
        const match = pattern.exec(line);
        if (match) {
          clearTimeout(timer);
          found(match);
        }
      };
      waiting.push({ look, giveUp });
      sim.out.forEach(look);
    });
  sim.url = async () => (await sim.line(/Open (http:\/\/\S+)/))[1];
  sim.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return sim.ended;
  };
  return sim;
}

/** One question to the control socket. */
export async function ask(path, request) {
  const socket = createConnection(path);
  socket.write(`${JSON.stringify(request)}\n`);
  const [line] = await once(createInterface({ input: socket }), 'line');
  socket.destroy();
  return JSON.parse(line);
}

/** A running device on a free port, and how to talk to it. */
export const device = (...args) => deviceOf('', ...args);

/** The same, of a variant of the simulator. */
export async function deviceOf(variant, ...args) {
  const folder = freshFolder();
  const sim = start(['--state', folder, '--port', '0', ...args], variant);
  const { hostname, port } = new URL(await sim.url());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** A request whose head and body leave in one piece; the answer's body is parsed if it is JSON. */
  const call = (method, path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const content = text === undefined ? {} : { 'Content-Type': 'application/json' };
      const length = { 'Content-Length': Buffer.byteLength(text ?? '') };
      const asked = request(
        { hostname, port, agent, method, path, headers: { ...content, ...length, ...headers } },
        (answer) => {
          const pieces = [];
          answer.on('data', (piece) => pieces.push(piece));
          answer.on('error', reject);
          answer.on('end', () => {
            const raw = Buffer.concat(pieces);
            const isJson = answer.headers['content-type'] === 'application/json';
            resolve({ status: answer.statusCode, raw, json: isJson ? JSON.parse(raw) : undefined });
          });
        },
      );
      asked.on('error', reject);
      asked.end(text);
    });

  /** Asks until the answer is as wished. */
  const wait = async (path, holds) => {
    const deadline = Date.now() + patience;
    for (;;) {
      const { json } = await call('GET', path);
      if (holds(json)) return json;
      assert.ok(Date.now() < deadline, `waited in vain: ${path} says ${JSON.stringify(json)}`);
      // The device's time passes between its answers, not while it gives one.
      await pass(2);
    }
  };
  const verdict = () =>
    wait('/api/connect', ({ state }) => state !== 'connecting' && state !== 'obtaining_ip');
  const control = async (command) => {
    const reply = await ask(join(folder, 'control.sock'), command);
    assert.ok(reply.ok, reply.error);
    return reply;
  };
  return { sim, folder, hostname, port, call, wait, verdict, control };
}
