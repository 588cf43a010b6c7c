// What menuconfig can set that the component can't work with: the build fails, and one sentence says what to set.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { scratchFile } from './simulator.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const headers = join(root, 'host/idf/include');
const component = join(root, 'components/provisioning');

/**
 * What the compiler says of the contract, or of other sources of the component, with `option` set to `value`, or left
 * undefined as menuconfig leaves it.
 */
function compileWith(option, value, sources = ['src/idf/contract.cpp'], flags = []) {
  const copy = scratchFile(`headers-${option}`);
  mkdirSync(copy, { recursive: true });
  cpSync(headers, copy, { recursive: true });
  const file = join(copy, 'sdkconfig.h');
  const line = new RegExp(`^#define CONFIG_${option} .*$`, 'm');
  const text = readFileSync(file, 'utf8');
  assert.match(text, line);
  writeFileSync(
    file,
    text.replace(line, value === undefined ? '' : `#define CONFIG_${option} ${value}`),
  );
  const folders = [
    copy,
    join(component, 'include'),
    join(component, 'src'),
    join(root, 'out/host/config'),
  ];
  const { status, stderr } = spawnSync(
    'c++',
    [
      '-std=gnu++23',
      '-fsyntax-only',
      ...flags,
      ...folders.map((folder) => `-I${folder}`),
      ...sources.map((source) => join(component, source)),
    ],
    { encoding: 'utf8' },
  );
  return { status, stderr };
}

test('without "Stay connected" the component compiles, and an application that asks for it does not', () => {
  const option = 'PROVISIONING_CONNECTION';
  const sources = ['actor', 'provisioning', 'events', 'contract'].map(
    (name) => `src/idf/${name}.cpp`,
  );
  // As CMakeLists.txt does then.
  const flags = ['-DPROVISIONING_WITHOUT_CONNECTION'];
  assert.deepEqual(compileWith(option, undefined, sources, flags), { status: 0, stderr: '' });
  const { status, stderr } = compileWith(option, undefined, ['examples/connected/main/main.cpp']);
  assert.notEqual(status, 0);
  assert.match(stderr, /PortalWhen/);
  assert.equal(compileWith(option, 1, ['examples/connected/main/main.cpp']).status, 0);
});

test('without "Post events" the component compiles', () => {
  const sources = ['actor', 'provisioning', 'stay_connected'].map((name) => `src/idf/${name}.cpp`);
  assert.deepEqual(compileWith('PROVISIONING_EVENTS', undefined, sources), {
    status: 0,
    stderr: '',
  });
});

test('the usual configuration compiles', () => {
  assert.deepEqual(compileWith('HTTPD_MAX_URI_LEN', 128), { status: 0, stderr: '' });
});

for (const [option, value, sentence] of [
  ['ESP_WIFI_SOFTAP_SUPPORT', undefined, 'the portal opens an access point'],
  ['LWIP_DHCPS', undefined, 'the access point gives phones their addresses'],
  ['HTTPD_MAX_URI_LEN', 127, 'the address of a saved network has up to 110 bytes'],
  ['HTTPD_MAX_REQ_HDR_LEN', 2047, 'phones send up to 900 bytes, and cookies of other devices'],
  ['FREERTOS_HZ', 300, 'a divisor of 1000'],
]) {
  test(`CONFIG_${option}=${value ?? 'n'} fails the build with a sentence`, () => {
    const { status, stderr } = compileWith(option, value);
    assert.notEqual(status, 0);
    const told = stderr.split('\n').filter((line) => line.includes('error:'));
    assert.ok(
      told.some((line) => line.includes(`set CONFIG_${option}`) && line.includes(sentence)),
      stderr,
    );
  });
}
