// How many instructions the component executes for one request, counted by callgrind.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../scripts/lib/setup.mjs';
import { Device, scratch, until, worldOf } from './device.mjs';
import { copyOf } from './memory.mjs';

const handler = 'espp::provisioning::HttpPortal::on_request(httpd_req*)';

/** The world of the measurement; each request is counted once, as there is no chance in it. */
const accessPoints = 64;
const saved = 16;

/** Self cost by shared object of one of callgrind's dumps, in instructions. */
function costs(text) {
  const names = new Map();
  const sums = new Map();
  let object = '';
  let isCall = false;
  for (const line of text.split('\n')) {
    const named = /^(c?ob)=\((\d+)\)(?: (.*))?$/.exec(line);
    if (named) {
      if (named[3] !== undefined) {
        names.set(named[2], named[3]);
      }
      if (named[1] === 'ob') {
        object = names.get(named[2]);
      }
    } else if (line.startsWith('calls=')) {
      isCall = true; // the next line is what the callee cost
    } else if (/^[+\-*\d]/.test(line)) {
      if (!isCall) {
        sums.set(object, (sums.get(object) ?? 0) + Number(line.split(' ')[1] ?? 0));
      }
      isCall = false;
    }
  }
  return sums;
}

export async function measureInstructions(programs, states) {
  const folder = scratch();
  const world = worldOf(accessPoints, { folder });
  const device = await new Device().start(programs.bench, {
    scenario: world.file,
    state: copyOf(states.get(saved)),
    wrapper: [
      'valgrind',
      '--tool=callgrind',
      '-q',
      `--callgrind-out-file=${join(folder, 'out')}`,
      `--toggle-collect=${handler}`,
      `--dump-after=${handler}`,
    ],
  });
  // A dump's number is the request's, counted from 1; the newest may still be being written.
  let asked = 0;
  const { client } = device;
  const call = async (method, path, options) => {
    const reply = await client.call(method, path, options);
    ++asked;
    return reply;
  };
  const rows = [];
  const measure = async (operation, method, path, options) => {
    const reply = await call(method, path, options);
    rows.push({ operation, number: asked, status: reply.status });
    return reply;
  };
  await until(
    async () => {
      const { scan } = (await call('GET', '/api/status')).json();
      return scan.scanning ? undefined : true;
    },
    'the first scan',
    { every: 200 },
  );
  await measure('GET /', 'GET', '/');
  await measure('GET /generate_204 (302)', 'GET', '/generate_204');
  await measure('GET /api/status', 'GET', '/api/status');
  await measure('GET /api/scan', 'GET', '/api/scan');
  await measure('GET /api/networks', 'GET', '/api/networks');
  await measure('GET /api/connect', 'GET', '/api/connect');
  await measure('POST /api/connect', 'POST', '/api/connect', {
    body: { ssid: world.accessPoints[0].ssid, password: 'a password that is wrong' },
  });
  await measure('DELETE /api/connect', 'DELETE', '/api/connect');
  await call('GET', '/api/status'); // so that the dumps before are whole
  const dumps = () => readdirSync(folder).filter((name) => /^out\.\d+$/.test(name)).length;
  await until(() => (dumps() >= asked ? true : undefined), 'callgrind');
  await device.stop();
  return rows.map(({ operation, number, status }) => {
    if (status >= 400) {
      throw new Problem(`${operation} was answered with ${status}`);
    }
    const byObject = costs(readFileSync(join(folder, `out.${number}`), 'utf8'));
    const sum = (matches) =>
      [...byObject].reduce((all, [name, cost]) => all + (matches.test(name) ? cost : 0), 0);
    return {
      operation,
      component: sum(/libprovisioning_bench/),
      all: sum(/./),
    };
  });
}
