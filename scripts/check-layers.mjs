// Checks who includes whom, so that the layers stay what docs/architecture.md says they are, and that
// nobody but idf.py builds in build/.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './lib/setup.mjs';

function* sourcesIn(folder, kind = /\.(cpp|hpp|c|h)$/) {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) {
      yield* sourcesIn(path, kind);
    } else if (kind.test(entry)) {
      yield path;
    }
  }
}

const isStandard = (header) => /^[a-z_]+$/.test(header);
const isOfEspIdf = (header) =>
  /^(esp_|driver\/|freertos\/|nvs|sdkconfig|sys\/|netinet\/|arpa\/|lwip\/|unistd\.h$)/.test(header);
const isPrivateHost = (header) => header.startsWith('host/') || header.startsWith('radio/');

const publicHeaders = ['provisioning.hpp', 'provisioning_event.h', 'improv_serial.hpp'];

/**
 * The rooms of the component, in the order of docs/architecture.md: each may include itself and those before
 * it, and nothing else of the component.
 */
const rooms = [
  { name: 'domain' },
  { name: 'flow' },
  { name: 'service' },
  { name: 'codec' },
  { name: 'transport', isOnEspIdf: true },
  { name: 'idf', isOnEspIdf: true, also: publicHeaders },
];

const roomRules = rooms.map(({ name, isOnEspIdf = false, also = [] }, index) => ({
  folder: `components/provisioning/src/${name}`,
  rule: `includes the standard library${isOnEspIdf ? ', ESP-IDF' : ''} and the rooms ${rooms
    .slice(0, index + 1)
    .map((room) => room.name)
    .join(', ')}`,
  allows: (h) =>
    isStandard(h) ||
    (isOnEspIdf && isOfEspIdf(h)) ||
    also.includes(h) ||
    rooms.slice(0, index + 1).some((room) => h.startsWith(`${room.name}/`)),
}));

const isOfComponent = (header) =>
  publicHeaders.includes(header) || rooms.some((room) => header.startsWith(`${room.name}/`));

const layers = [
  ...roomRules,
  {
    folder: 'components/provisioning/include',
    rule: 'includes the standard library, esp_event_base.h, esp_log.h and itself',
    allows: (h) =>
      isStandard(h) || /^(std\w+|esp_event_base|esp_log)\.h$/.test(h) || publicHeaders.includes(h),
  },
  {
    folder: 'main',
    rule: 'includes ESP-IDF, espressif/qrcode, the public headers and itself',
    allows: (h) =>
      isStandard(h) ||
      isOfEspIdf(h) ||
      h === 'qrcode.h' ||
      publicHeaders.includes(h) ||
      h === 'boot.hpp' ||
      h === 'console_qr.hpp',
  },
  {
    folder: 'host/radio',
    rule: 'includes nothing of the host port that ESP-IDF lacks, and nothing of the component',
    allows: (h) => !h.startsWith('host/') && !isOfComponent(h),
  },
  {
    folder: 'host/idf',
    rule: 'includes nothing of the radio or the component',
    allows: (h) => !h.startsWith('radio/') && !isOfComponent(h),
  },
];

let broken = 0;
for (const entry of readdirSync(join(root, 'components/provisioning/src'))) {
  if (!rooms.some((room) => room.name === entry)) {
    process.stdout.write(`components/provisioning/src/${entry}: no room of this name is known\n`);
    broken += 1;
  }
}
for (const { folder, rule, allows } of layers) {
  for (const path of sourcesIn(join(root, folder))) {
    const text = readFileSync(path, 'utf8');
    text.split('\n').forEach((line, index) => {
      const where = `${relative(root, path)}:${index + 1}`;
      const header = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1];
      if (
        header !== undefined &&
        (!allows(header) || (folder.startsWith('components') && isPrivateHost(header)))
      ) {
        process.stdout.write(`${where}: ${header}: ${folder} ${rule}\n`);
        broken += 1;
      }
      if (
        !folder.startsWith('host') &&
        /#\s*if.*(ESP_PLATFORM|__linux__|CONFIG_IDF_TARGET_LINUX)/.test(line)
      ) {
        process.stdout.write(`${where}: a switch on the platform\n`);
        broken += 1;
      }
    });
  }
}

// `idf.py set-target` refuses a folder build/ with anything in it that is not its own.
for (const folder of ['scripts', 'bench', 'test']) {
  for (const path of sourcesIn(join(root, folder), /\.(mjs|ts)$/)) {
    if (/['"`/]build\/|join\((root, )?'build'/.test(readFileSync(path, 'utf8'))) {
      process.stdout.write(
        `${relative(root, path)}: builds or looks in build/, which is idf.py's\n`,
      );
      broken += 1;
    }
  }
}
process.exitCode = broken === 0 ? 0 : 1;
