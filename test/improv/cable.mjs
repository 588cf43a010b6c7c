// Improv's own client in Node, at the simulator's serial port.
import { mkdtempSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The client as npm has it. Its files import each other without endings, which Node does not take. */
async function loadSdk() {
  const outfile = join(mkdtempSync(join(tmpdir(), 'improv-')), 'sdk.mjs');
  await build({
    entryPoints: ['improv-wifi-serial-sdk/dist/serial.js'],
    bundle: true,
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

const { ImprovSerial } = await loadSdk();

const quiet = { log() {}, debug() {}, error() {} };

/** What the serial port of a browser is to the client: two streams of bytes. */
export function plugIn(path) {
  const socket = createConnection(path);
  socket.on('error', () => {});
  const { readable, writable } = Duplex.toWeb(socket);
  return { socket, readable, writable };
}

/** A client that has found the device. Time-outs are the machine's, so there are none worth the name. */
export async function client(path) {
  const port = plugIn(path);
  const improv = new ImprovSerial(port, quiet);
  await improv.initialize(60_000);
  return { improv, port, unplug: () => port.socket.destroy() };
}
