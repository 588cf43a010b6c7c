// docs/api.md says what the firmware answers: the fixtures, which the tests of the firmware and of the page read, and the
// error codes are held against it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const document = read('docs/api.md');
const quoted = (text) => [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code.match(/\w+/g));
const fixtures = readdirSync(join(root, 'test/fixtures'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...JSON.parse(read(join('test/fixtures', name))) }));

/** The names of all members in an answer. */
const membersOf = (value) =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([name, inner]) => [
        ...(Array.isArray(value) ? [] : [name]),
        ...membersOf(inner),
      ]);

/** The rows of a section's table, each as its cells. */
const rows = (text) =>
  [...text.matchAll(/^\| (?!---)(.*) \|$/gm)].map(([, row]) => row.split(' | '));

test('every member of an answer is named', () => {
  const names = new Set(quoted(document));
  for (const { name, response } of fixtures) {
    for (const member of membersOf(response.body)) {
      assert.ok(names.has(member), `${name} has "${member}"`);
    }
  }
});

describe('the answer of GET /api/connect', () => {
  const states = new Map(
    rows(document.slice(document.indexOf('| `state` | with |')))
      .filter(([state, members]) => state.startsWith('`') && members !== undefined)
      .map(([state, members]) => [state.slice(1, -1), quoted(members) ?? []]),
  );
  const always = ['id', 'state', 'elapsed_ms'];
  const ofNetwork = ['ssid', 'ssid_hex', 'channel', 'rssi', 'tries', 'security', 'linked'];

  for (const { name, request, response } of fixtures) {
    if (request.method !== 'GET' || request.path !== '/api/connect') continue;
    test(`has the members of its state in ${name}`, () => {
      const { state } = response.body;
      const described = states.get(state);
      assert.ok(described, `"${state}" is in the table`);
      const allowed = [...always, ...(state === 'idle' ? [] : ofNetwork), ...described];
      for (const member of Object.keys(response.body)) {
        assert.ok(allowed.includes(member), `"${member}"`);
      }
      for (const member of always) assert.ok(member in response.body, `no "${member}"`);
    });
  }
});

test('every error code is listed with its status, and no other', () => {
  const source = read('components/provisioning/src/service/api_error.cpp');
  const statuses = new Map(
    [...source.matchAll(/(k\w+) = "(\d{3}) /g)].map(([, name, status]) => [name, status]),
  );
  const texts = source.slice(source.indexOf('kTexts[]'));
  const codes = [...texts.matchAll(/\{(?:(k\w+)|"(\d{3}) [^"]*"),\s*"(\w+)"/g)].map(
    ([, name, status, code]) => `${status ?? statuses.get(name)} ${code}`,
  );
  assert.ok(codes.length > 10);
  const listed = rows(document.slice(document.indexOf('| status | codes |')))
    .filter(([status]) => /^\d{3}$/.test(status))
    .flatMap(([status, text]) => quoted(text).map((code) => `${status} ${code}`));
  assert.deepEqual(listed.sort(), codes.sort());
});
