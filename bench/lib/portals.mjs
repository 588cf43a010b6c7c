// What a browser is pointed at: our page on the simulated device, or a folder with another portal's page
// and a description of its API; bench/README.md has the format.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { Problem } from '../../scripts/lib/setup.mjs';
import { listen } from './proxy.mjs';

const types = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
};

/** The answer that a portal's description gives for a path. */
function answer(folder, route) {
  const body =
    route.file !== undefined
      ? readFileSync(join(folder, route.file))
      : Buffer.from(route.json !== undefined ? JSON.stringify(route.json) : (route.text ?? ''));
  const kind = route.file?.replace(/\.gz$/, '').split('.').pop() ?? (route.json ? 'json' : 'html');
  return {
    status: route.status ?? 200,
    headers: {
      'Content-Type': route.type ?? types[kind] ?? 'application/octet-stream',
      'Content-Length': body.length,
      ...(route.file?.endsWith('.gz') ? { 'Content-Encoding': 'gzip' } : {}),
      ...route.headers,
    },
    body,
  };
}

/** Serves one portal as it is described; its files are in `folder`. */
class Peer {
  #server;
  constructor(description, folder) {
    Object.assign(this, description);
    this.folder = folder;
  }

  async start() {
    this.#server = createHttpServer((request, response) => {
      const path = request.url.split('?')[0];
      const route = this.routes[`${request.method} ${path}`] ?? this.routes[path];
      const { status, headers, body } = answer(
        this.folder,
        route ?? { status: 404, text: 'Not found' },
      );
      // Only what the portal itself sends: no date, and none of Node's words about the connection.
      response.sendDate = false;
      if (headers.Connection === undefined) {
        response.removeHeader('Connection');
      }
      response.writeHead(status, headers);
      response.end(body);
    });
    this.port = await listen(this.#server);
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function readDescription(folder) {
  const file = join(folder, 'portal.json');
  let description;
  try {
    description = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Problem(`${file}: ${error.message}`);
  }
  for (const key of ['name', 'version', 'list', 'routes']) {
    if (description[key] === undefined) {
      throw new Problem(`${file}: "${key}" is missing`);
    }
  }
  return description;
}

/** All portals in a directory, started. */
export async function startPeers(directory) {
  if (!existsSync(directory)) {
    throw new Problem(`--peers: there is no ${directory}`);
  }
  const folders = readdirSync(directory)
    .map((name) => join(directory, name))
    .filter((folder) => existsSync(join(folder, 'portal.json')));
  if (folders.length === 0) {
    throw new Problem(`--peers: no folder in ${directory} has a portal.json`);
  }
  return Promise.all(folders.map((folder) => new Peer(readDescription(folder), folder).start()));
}

/** A page with nothing but `text`, to show what the browser itself takes. */
export const startEmptyPage = (text) =>
  new Peer({
    name: 'an empty page',
    list: text,
    routes: { '/': { text: `<!DOCTYPE html><title>Empty</title><p>${text}` } },
  }).start();
