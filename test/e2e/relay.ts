import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to an answer on its way. */
export interface Way {
  /** It comes in pieces of so many bytes. */
  readonly pieces?: number;
  /** So many bytes of its end get lost: the browser waits for them. */
  readonly lost?: number;
  /** So many bytes of its end come when they are released. */
  readonly held?: number;
  /** The connection breaks so many bytes before the end of the first answer. */
  readonly cut?: number;
}

/** A chunked answer is whole when this has come. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

async function deliver(
  answer: Buffer,
  to: Socket,
  { pieces, lost = 0, held = 0, cut = 0 }: Way,
  released: Promise<void>,
) {
  const end = answer.length - lost - held - cut;
  const size = pieces ?? end;
  for (let at = 0; at < end; at += size)
    await new Promise((sent) => to.write(answer.subarray(at, Math.min(at + size, end)), sent));
  if (held) {
    await released;
    to.write(answer.subarray(end));
  }
  if (!lost) to.end();
}

/** Stands between browser and device, and hands on each connection's answer as `way` says. Resolves with its address. */
export async function startRelay(device: string, way: Way) {
  const target = new URL(device);
  const sockets = new Set<Socket>();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let { cut } = way;
  const server = createServer((browser) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [browser, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    browser.once('data', (request) => {
      // The device answers to its own name alone, and closes behind the answer.
      const asked = request.toString('latin1').replace(/^(Host: )\S+/im, `$1${target.host}`);
      upstream.write(asked.replace(/^(Connection: )\S+/im, '$1close'), 'latin1');
    });
    const parts: Buffer[] = [];
    upstream.on('data', (part) => {
      parts.push(part);
      const answer = Buffer.concat(parts);
      if (!answer.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return;
      deliver(answer, browser, { ...way, cut }, released);
      cut = 0;
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    release,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
