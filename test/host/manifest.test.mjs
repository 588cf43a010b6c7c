// The manifest that ESP-IDF's component manager reads: it refuses to build a component for a target that is not in it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const read = (path) => readFileSync(resolve(root, path), 'utf8');
const words = (list) => list.split(',').map((word) => word.trim());
const manifest = read('components/provisioning/idf_component.yml');
const targets = words(/^targets: \[(.*)\]$/m.exec(manifest)[1]);

test('the component manager builds it for the linux target', () => {
  assert.ok(targets.includes('linux'), targets.join());
});

test('the component manager builds it for every chip that the workflow builds', () => {
  const workflow = read('.github/workflows/esp-idf.yml');
  const built = [
    ...words(/^ +target: \[(.*)\]$/m.exec(workflow)[1]),
    ...[...workflow.matchAll(/target: (esp\w+) \}/g)].map(([, target]) => target),
  ];
  assert.deepEqual([...new Set(built)].sort(), targets.filter((t) => t !== 'linux').sort());
});

test('it needs nothing of the component registry', () => {
  const dependencies = manifest.slice(manifest.indexOf('dependencies:')).split('\nexamples:')[0];
  assert.deepEqual(dependencies.trim().split('\n'), ['dependencies:', '  idf: ">=5.3"']);
});
