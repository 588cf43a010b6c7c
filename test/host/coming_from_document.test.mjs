// docs/coming-from.md tells users of other libraries what to write here: each name that it gives must exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const header = read('components/provisioning/include/provisioning.hpp');
const events = read('components/provisioning/include/provisioning_event.h');
const api = read('docs/api.md');

/** The code in the column "here" of every table. */
const ours = [...read('docs/coming-from.md').matchAll(/^\| (?!---)(.*) \|$/gm)]
  .map(([, row]) => row.split(' | ')[1])
  .filter((cell) => cell !== undefined && cell !== 'here')
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code));

const isThere = (name, what) => assert.ok(what.test(header), `"${name}" is in provisioning.hpp`);

test('every field, call, mode and path that the document gives exists', () => {
  let checked = 0;
  for (const code of ours) {
    for (const [, field] of code.matchAll(/(?<![\w)])\.(\w+)/g)) {
      isThere(field, new RegExp(`\\b${field}\\{`));
      checked += 1;
    }
    for (const [, mode] of code.matchAll(/PortalWhen::(\w+)/g)) {
      isThere(mode, new RegExp(`^ +${mode},$`, 'm'));
      checked += 1;
    }
    for (const [, call] of code.matchAll(/\b(\w+)\(/g)) {
      if (!/^(esp|nvs)_/.test(call)) {
        isThere(call, new RegExp(`\\b${call}(\\(|\\{nullptr\\})|class ${call}\\b`));
        checked += 1;
      }
    }
    for (const [name] of code.matchAll(/PROVISIONING_EVENT_\w+/g)) {
      assert.match(events, new RegExp(`\\b${name}\\b`));
      checked += 1;
    }
    const path = /^(?:GET|POST|DELETE) (\/api\/\S+)/.exec(code)?.[1];
    if (path !== undefined) {
      assert.ok(api.includes(path), `"${path}" is in api.md`);
      checked += 1;
    }
  }
  assert.ok(checked > 80, `only ${checked} names were found`);
});
