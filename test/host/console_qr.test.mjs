// The QR code on the console, read as a phone's camera reads it, by a decoder that none of us wrote.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const binary = process.env.ESP_PROV_SIM ?? join(root, 'out/host/sim/esp-prov-sim');
const isOfCode = (line) => line.length > 20 && /^[ ▀▄█]+$/.test(line);

/** Draws half blocks as a terminal does, light on dark, and decodes the picture. */
function decode(lines, folder) {
  const scale = 8;
  const width = lines[0].length;
  const pixels = Buffer.alloc(width * lines.length * 2 * scale * scale);
  const lights = { '█': [true, true], '▀': [true, false], '▄': [false, true], ' ': [false, false] };
  lines.forEach((line, row) => {
    [...line].forEach((c, column) => {
      lights[c].forEach((isLight, half) => {
        for (let y = 0; y < scale; y += 1) {
          const at = ((row * 2 + half) * scale + y) * width * scale + column * scale;
          pixels.fill(isLight ? 235 : 20, at, at + scale);
        }
      });
    });
  });
  const file = join(folder, 'code.pgm');
  const head = `P5 ${width * scale} ${lines.length * 2 * scale} 255\n`;
  writeFileSync(file, Buffer.concat([Buffer.from(head), pixels]));
  const { stdout, stderr, status } = spawnSync('zbarimg', ['--nodbus', '--quiet', '--raw', file], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd();
}

/** What the console says of a device with this flash, up to the code. */
async function consoleOf(program, state) {
  const sim = spawn(program, ['--port', '0', '--state', state]);
  const lines = [];
  try {
    const output = createInterface({ input: sim.stdout });
    for await (const line of output) {
      lines.push(line);
      if (line.includes('to set the device up')) break;
    }
  } finally {
    sim.kill('SIGTERM');
    await once(sim, 'close');
  }
  return lines;
}

const scratch = () => mkdtempSync(join(tmpdir(), 'console-qr-'));

test('the console says how to join, in words and in a code that a camera reads', async () => {
  const folder = scratch();
  const lines = await consoleOf(binary, join(folder, 'state'));
  const code = lines.filter(isOfCode);
  assert.ok(code.length > 0, lines.join('\n'));
  assert.ok(code.length <= 24 && code[0].length <= 80, 'it fits a small terminal');
  assert.equal(decode(code, folder), 'WIFI:T:WPA;S:ESP-Prov-8590;P:configure;;');
  rmSync(folder, { recursive: true });
  for (const part of ['network: ESP-Prov-8590', 'Password: configure', 'http://192.168.4.1']) {
    assert.ok(
      lines.some((line) => line.endsWith(part)),
      part,
    );
  }
  // The QR library would log its text on its own, whatever the application says.
  assert.ok(!lines.some((line) => line.includes('WIFI:')));
});

test("a password of the device's own is shown in words and in the code, and stays the same", async () => {
  const folder = scratch();
  const shown = async (state) => {
    const lines = await consoleOf(`${binary}-unique`, join(folder, state));
    const password = lines.map((line) => / Password: (\S+)$/.exec(line)?.[1]).find(Boolean);
    assert.match(password, /^[2-9a-z]{12}$/, lines.join('\n'));
    const code = decode(lines.filter(isOfCode), folder);
    assert.equal(code, `WIFI:T:WPA;S:ESP-Prov-8590;P:${password};;`);
    assert.equal(lines.filter((line) => line.includes(password)).length, 1);
    return password;
  };
  const first = await shown('one');
  assert.equal(await shown('one'), first);
  assert.notEqual(await shown('another'), first);
  rmSync(folder, { recursive: true });
});
