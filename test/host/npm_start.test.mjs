// npm start as a person at a terminal meets it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** Starts it as the leader of a process group of its own, as a shell does. */
function npmStart(...args) {
  const process = spawn('npm', ['start', '--', ...args], { detached: true });
  process.output = '';
  for (const stream of [process.stdout, process.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      process.output += text;
      process.emit('output');
    });
  }
  return process;
}

test('Ctrl-C at the terminal ends it with exit code 0', async () => {
  const state = mkdtempSync(join(tmpdir(), 'npm-start-'));
  try {
    const npm = npmStart('--port', '0', '--state', state);
    while (!npm.output.includes('Open http://')) {
      await Promise.race([once(npm, 'output'), once(npm, 'exit')]);
      assert.equal(npm.exitCode, null, npm.output);
    }
    process.kill(-npm.pid, 'SIGINT'); // as the terminal does: to everybody
    const [code, signal] = await once(npm, 'exit');
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.match(npm.output, /Stopped\./);
  } finally {
    rmSync(state, { recursive: true });
  }
});

test('an example that there is not is one line that names those there are', async () => {
  const npm = npmStart('--example', 'nothing');
  const [code] = await once(npm, 'close');
  assert.notEqual(code, 0);
  assert.match(npm.output, /unknown example 'nothing'; there are: callbacks, connected, portal/);
});

test('a mistake in the arguments is one line and an exit code that is not 0', async () => {
  const npm = npmStart('--scenario', 'nowhere');
  const [code] = await once(npm, 'close');
  assert.notEqual(code, 0);
  const lines = npm.output.split('\n').filter((line) => line !== '' && !/^(>|npm )/.test(line));
  assert.equal(lines.length, 1, npm.output);
  assert.match(lines[0], /unknown scenario 'nowhere'/);
});
