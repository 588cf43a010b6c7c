import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export interface Trouble {
  /** Runs in the page before its own script does. */
  script?: string;
  /** Each connection breaks as soon as it has carried one answer, although more were promised. */
  breaksConnections?: boolean;
  /** Every request of that number is lost: in turn on its way, in silence, and on the way back. */
  losesEvery?: number;
  /** Changes what the device says, by path of the API. */
  says?: Readonly<Record<string, (said: never) => unknown>>;
}

/** A bad way between browser and device. */
export interface Way {
  readonly url: string;
  /** What was lost, as `METHOD PATH there` or `... back`. */
  readonly lost: readonly string[];
  /** Connections that the browser made. */
  connections(): number;
  /** The cookies that went either way. */
  readonly cookies: readonly string[];
  /** Paths that the browser asked for, each once. */
  readonly asked: ReadonlySet<string>;
  close(): Promise<void>;
}

/** The state that the page carries: what the API would say, by the members' names. */
const stateElement = /(<script type="application\/json" id="state">)(.*?)(<\/script>)/s;
const members = { status: '/api/status', scan: '/api/scan', networks: '/api/networks' } as const;

/** The page with what the device says in it changed, as data that ends no element. */
function withState(html: string, says: NonNullable<Trouble['says']>): string {
  return html.replace(stateElement, (_, open: string, json: string, close: string) => {
    const state = JSON.parse(json) as Record<string, unknown>;
    for (const [member, path] of Object.entries(members)) {
      state[member] = says[path]?.(state[member] as never) ?? state[member];
    }
    const safe = JSON.stringify(state).replace(
      /[<\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    return open + safe + close;
  });
}

/** The page with a script in front of its own, which its policy then allows as well. */
function withScript(
  { script = '', says = {} }: Trouble,
  headers: IncomingHttpHeaders,
  gzip: Buffer,
): Buffer {
  const hash = createHash('sha256').update(script).digest('base64');
  headers['content-security-policy'] = headers['content-security-policy']
    ?.toString()
    .replace('script-src ', `script-src 'sha256-${hash}' `);
  delete headers['content-encoding'];
  delete headers['transfer-encoding'];
  const html = withState(gunzipSync(gzip).toString(), says);
  const body = Buffer.from(html.replace('<meta', () => `<script>${script}</script><meta`));
  headers['content-length'] = String(body.length);
  return body;
}

/** An answer of the API, changed. */
function withWords(
  change: (said: never) => unknown,
  headers: IncomingHttpHeaders,
  json: Buffer,
): Buffer {
  const body = Buffer.from(JSON.stringify(change(JSON.parse(json.toString()) as never)));
  headers['content-length'] = String(body.length);
  return body;
}

export async function startWay(device: string, trouble: Trouble): Promise<Way> {
  const target = new URL(device);
  const lost: string[] = [];
  const cookies: string[] = [];
  const asked = new Set<string>();
  let requests = 0;
  let connections = 0;

  function pass(from: IncomingMessage, body: Buffer): Promise<[IncomingMessage, Buffer]> {
    const headers: IncomingHttpHeaders = { ...from.headers, host: target.host };
    if (headers.origin) headers.origin = target.origin;
    return new Promise((resolve, reject) => {
      request(
        new URL(from.url ?? '/', target),
        { method: from.method, headers, agent: false },
        (reply) => buffer(reply).then((content) => resolve([reply, content]), reject),
      )
        .on('error', reject)
        .end(body);
    });
  }

  const server = createServer(async (from, to) => {
    const isLost = trouble.losesEvery !== undefined && ++requests % trouble.losesEvery === 0;
    const isLostBack = isLost && lost.length % 2 === 1;
    if (isLost) lost.push(`${from.method} ${from.url} ${isLostBack ? 'back' : 'there'}`);
    asked.add(from.url ?? '');
    if (from.headers.cookie) cookies.push(from.headers.cookie);
    try {
      const body = await buffer(from);
      // The browser waits, as for a phone that is out of range, until it has enough.
      if (isLost && !isLostBack) return;
      const [reply, content] = await pass(from, body);
      if (isLostBack) {
        from.socket.destroy();
        return;
      }
      const { connection: _, 'transfer-encoding': __, ...headers } = reply.headers;
      cookies.push(...(headers['set-cookie'] ?? []));
      const isPage = headers['content-type']?.startsWith('text/html') && reply.statusCode === 200;
      const change = reply.statusCode === 200 ? trouble.says?.[from.url ?? ''] : undefined;
      const sent =
        trouble.script && isPage
          ? withScript(trouble, headers, content)
          : change
            ? withWords(change, headers, content)
            : content;
      to.writeHead(reply.statusCode ?? 502, {
        ...headers,
        ...(trouble.breaksConnections && { Connection: 'keep-alive' }),
      });
      to.end(sent, () => {
        if (trouble.breaksConnections) from.socket.destroySoon();
      });
    } catch {
      // The device is gone, or the browser is.
      from.socket.destroy();
    }
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    lost,
    cookies,
    asked,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
