// What the simulator's memory holds of a password afterwards: all of it is searched, the heap, the
// stacks and the data. The password is a wrong one, so that the simulated world has no copy of it.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { device } from './simulator.mjs';

const house = 'HouseOfBoo';
/** 32 characters that occur nowhere else; any 8 in a row give the password away. */
const password = 'q7XvZ2mK-wN4pRs9T_yB6cDfGhJ3kLaE';
const pieces = Array.from({ length: password.length / 8 }, (_, i) =>
  password.slice(8 * i, 8 * i + 8),
);

/** A text as JSON may also write it: each character as an escape, with hexadecimal digits of either case. */
const asEscapes = (text) =>
  text.replace(/./gs, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const asCapitalEscapes = (text) => asEscapes(text).replace(/[a-f]/g, (c) => c.toUpperCase());
/** All forms in which a piece of the password may have come. */
const allForms = [
  ...new Set(pieces.flatMap((piece) => [piece, asEscapes(piece), asCapitalEscapes(piece)])),
];

/** Where in the process's writable memory `text` is, as names of mappings. */
function findIn(pid, texts) {
  const found = [];
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n')) {
    const [, begin, end, rights, name] =
      /^(\w+)-(\w+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line) ?? assert.fail(line);
    if (!rights.startsWith('rw') || name === '[vvar]') continue;
    const bytes = Buffer.alloc(Number(BigInt(`0x${end}`) - BigInt(`0x${begin}`)));
    let size = 0;
    try {
      size = readSync(memory, bytes, 0, bytes.length, BigInt(`0x${begin}`));
    } catch {
      continue; // a guard page, or one that is gone by now
    }
    const text = bytes.subarray(0, size);
    for (const wanted of texts) {
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
        const around = text.subarray(Math.max(0, at - 24), at + wanted.length + 24);
        found.push(
          `${name || 'anonymous'}+${at.toString(16)}: ${JSON.stringify(around.toString('latin1'))}`,
        );
      }
    }
  }
  closeSync(memory);
  return found;
}

/**
 * Where `texts` still are when the device has had time to clear up all but `stays` of them: a
 * verdict is told first, and the task that owns the radio then empties the driver's configuration.
 */
async function leftOf(pid, texts, stays = 0) {
  const end = Date.now() + 5000;
  for (;;) {
    const found = findIn(pid, texts);
    if (found.length <= stays || Date.now() > end) return found;
    await setTimeout(20);
  }
}

/** Whether an answer has come to the end that its head tells. */
function isWhole(answer) {
  const [head, body] = answer.split(/\r\n\r\n(.*)/s);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

/** Sends bytes as they are, and waits for an answer or the end of the connection. */
async function send(it, bytes) {
  const socket = connect(Number(it.port), it.hostname);
  let answer = '';
  socket.write(bytes);
  await new Promise((resolve) => {
    socket.on('data', (data) => {
      answer += data;
      if (isWhole(answer)) resolve();
    });
    socket.on('close', resolve).on('error', resolve);
  });
  socket.destroy();
  return answer;
}

function post(it, body, headers = '', length = body.length) {
  return (
    `POST /api/connect HTTP/1.1\r\nHost: ${it.hostname}:${it.port}\r\n` +
    `Content-Type: application/json\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`
  );
}

test('a password is nowhere in memory, log or answers once its test has failed', async () => {
  const it = await device('--speed', '10', '--log-level', 'verbose');
  await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  const begun = await it.call('POST', '/api/connect', { ssid: house, password });
  assert.equal(begun.status, 202);
  // The search is able to find it.
  assert.notDeepEqual(findIn(it.sim.child.pid, [password]), []);
  const verdict = await it.verdict();
  assert.equal(verdict.reason, 'wrong_password');
  const answers = [begun.raw];
  for (const path of ['/api/status', '/api/connect', '/api/scan', '/api/networks', '/']) {
    answers.push((await it.call('GET', path)).raw);
  }
  assert.deepEqual(await leftOf(it.sim.child.pid, pieces), []);
  assert.notDeepEqual(findIn(it.sim.child.pid, [house]), []);
  for (const text of [...answers.map(String), it.sim.out.join('\n'), it.sim.err]) {
    for (const piece of pieces) assert.ok(!text.includes(piece), text);
  }
  await it.sim.stop();
});

test('nor is one of a request that was refused, broken, too long or never finished', async () => {
  const it = await device('--speed', '5');
  const body = JSON.stringify({ ssid: house, password });
  const cases = [
    ['cut off', post(it, body.slice(0, -2)), 400],
    ['a comma too many', post(it, `${body.slice(0, -1)},}`), 400],
    ['an unknown escape', post(it, body.replace('"}', '\\x"}')), 400],
    ['a name that is too long', post(it, body.replace(house, 'h'.repeat(40))), 400],
    ['a password twice', post(it, body.replace('"}', `","password":"${password}"}`)), 202],
    ['from another site', post(it, body, 'Origin: http://evil.example\r\n'), 403],
    ['as text', post(it, body).replace('application/json', 'text/plain'), 403],
    ['with much behind it', post(it, body + ' '.repeat(2000)), 413],
    [
      'in chunks',
      post(
        it,
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
        'Transfer-Encoding: chunked\r\n',
      ).replace(/Content-Length: \d+\r\n/, ''),
      411,
    ],
    ['to the wrong address', post(it, body).replace('/api/connect', '/api/scan'), 202],
    ['half of it', post(it, body.slice(0, -8), '', body.length), 408],
    [
      'with the line ends of Unix',
      post(it, body).replaceAll('\r\n', '\n').replace(house, 'nowhere-ab'),
      202,
    ],
  ];
  for (const [what, bytes, status] of cases) {
    const answer = await send(it, bytes);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), what);
    await it.verdict();
    const found = await leftOf(it.sim.child.pid, pieces);
    assert.deepEqual(found, [], `${what}: ${found.join('\n')}`);
  }
  await it.sim.stop();
});

test('nor is one that came as escapes, neither as it was written nor as it was read', async () => {
  const it = await device('--speed', '10');
  for (const written of [asEscapes, asCapitalEscapes]) {
    const secret = written(password);
    const body = `{"ssid":"${house}","password":"${secret}"}`;
    const cases = [
      ['wrong for this network', body, 202],
      ['written half and half', body.replace(written(pieces[1]), pieces[1]), 202],
      ['cut off behind it', body.slice(0, -1), 400],
      ['cut off inside of it', body.slice(0, -9), 400],
      ['with a comma too many', body.replace('"}', '",}'), 400],
      ['with an escape that is none', body.replace('"}', '\\uzzzz"}'), 400],
      ['with half a pair behind it', body.replace('"}', '\\ud83d"}'), 400],
      ['too long', body.replace(secret, secret + secret + secret), 400],
      ['beside a name that is too long', body.replace(house, 'h'.repeat(40)), 400],
      ['as a member that nobody knows', `{"x":"${secret}","y":["${secret}"]}`, 400],
      ['as the name of a member', `{"${secret}":1}`, 400],
      ['as the name of the network', `{"ssid":"${secret}!"}`, 400],
      ['as the only value', `"${secret}"`, 400],
    ];
    for (const [what, text, status] of cases) {
      const answer = await send(it, post(it, text));
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), what);
      await it.verdict();
      const found = await leftOf(it.sim.child.pid, allForms);
      assert.deepEqual(found, [], `${what}: ${found.join('\n')}`);
    }
  }
  await it.sim.stop();
});

test('the right one, once set-up is over, is in flash and nowhere else in memory', async () => {
  const it = await device('--speed', '10');
  await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  // As the 64 digits of the key, since the simulated world has its own copy of the passphrase.
  const key = pbkdf2Sync('boo-boo-boo', house, 4096, 32, 'sha1').toString('hex');
  const parts = [0, 16, 32, 48].map((at) => key.slice(at, at + 16));
  assert.deepEqual(findIn(it.sim.child.pid, parts), []);
  await it.call('POST', '/api/connect', { ssid: house, password: key });
  assert.equal((await it.verdict()).state, 'connected');
  assert.ok(findIn(it.sim.child.pid, [key]).length > 1);
  assert.equal((await it.call('POST', '/api/complete')).status, 200);
  // The example's last words, after its callback and stop().
  await it.sim.line(/Provisioning example finished/);
  const found = await leftOf(it.sim.child.pid, parts, parts.length);
  assert.equal(found.length, parts.length, found.join('\n'));
  await it.sim.stop();
});

test('the right password is in no answer and no line of the log either', async () => {
  const it = await device('--speed', '10', '--log-level', 'verbose');
  await it.wait('/api/scan', ({ age_ms }) => age_ms !== null);
  const secret = 'boo-boo-boo';
  const answers = [await it.call('POST', '/api/connect', { ssid: house, password: secret })];
  assert.equal((await it.verdict()).state, 'connected');
  for (const path of ['/api/status', '/api/connect', '/api/scan', '/api/networks', '/']) {
    answers.push(await it.call('GET', path));
  }
  answers.push(await it.call('POST', '/api/connect', { ssid: house, saved: true }));
  await it.verdict();
  answers.push(await it.call('POST', '/api/complete'));
  await it.sim.line(/Password: \*+/);
  for (const { raw } of answers) assert.ok(!raw.includes(secret), String(raw));
  for (const line of [...it.sim.out, it.sim.err]) assert.ok(!line.includes(secret), line);
  await it.sim.stop();
});
