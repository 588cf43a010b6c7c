// What `npm start` and `npm test` need on the machine, and how to get it. Uses nothing but Node,
// since it runs before the npm packages are there.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where everything is built; build/ is idf.py's, which refuses to set a target where others have been. */
export const outFolder = 'out';

/** A problem of the machine or of the user's words: shown as one line, without a stack. */
export class Problem extends Error {}

/** Debian packages, each with a file or program that tells whether it is there. */
const packagesToBuild = {
  'g++': 'g++',
  cmake: 'cmake',
  'ninja-build': 'ninja',
  'libcjson-dev': '/usr/include/cjson/cJSON.h',
  'libhttp-parser-dev': '/usr/include/http_parser.h',
  'libqrcodegen-dev': '/usr/include/qrcodegen/qrcodegen.h',
};
const packagesToTest = {
  'doctest-dev': '/usr/include/doctest/doctest.h',
  'zlib1g-dev': '/usr/include/zlib.h',
  valgrind: 'valgrind',
  chromium: 'chromium',
  'zbar-tools': 'zbarimg',
  'chromium-driver': 'chromedriver',
  'firefox-esr': 'firefox-esr',
  'webkit2gtk-driver': 'WebKitWebDriver',
  xvfb: 'Xvfb',
  // For the lab.
  'bind9-dnsutils': 'dig',
  dbus: 'dbus-daemon',
  curl: 'curl',
  iproute2: 'ip',
  // Where something starts what is installed, it would take this machine's network over.
  ...(existsSync('/run/systemd/system') ? {} : { 'network-manager': '/usr/sbin/NetworkManager' }),
};
const packagesToFuzz = {
  'clang-19': 'clang++-19',
  'libclang-rt-19-dev': '/usr/lib/llvm-19/lib/clang/19/lib/linux',
};

function isThere(probe) {
  if (probe.startsWith('/')) {
    return existsSync(probe);
  }
  const folders = (process.env.PATH ?? '').split(':');
  return folders.some((folder) => existsSync(join(folder, probe)));
}

/** Runs a program and shows what it printed only if it failed. */
export function quietly(what, program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (result.error !== undefined) {
    throw new Problem(`${what}: ${program} could not be run (${result.error.code})`);
  }
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    throw new Problem(`${what}: ${program} ended with exit code ${result.status ?? result.signal}`);
  }
  return result.stdout;
}

/** Runs a program that takes a while, after saying so. */
function slowly(what, program, args, options) {
  process.stdout.write(`${what} ...\n`);
  return quietly(what, program, args, options);
}

function installDebianPackages(wanted) {
  const missing = Object.keys(wanted).filter((name) => !isThere(wanted[name]));
  if (missing.length === 0) {
    return;
  }
  const command = `apt-get install ${missing.join(' ')}`;
  if (!isThere('apt-get')) {
    throw new Problem(
      `Missing: ${missing.join(', ')} (the names of Debian's packages). Install them and start again.`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  const hasSudo = isThere('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0;
  if (!isRoot && !hasSudo && !(isThere('sudo') && process.stdin.isTTY)) {
    throw new Problem(`Debian packages are missing. Run this, then start again: sudo ${command}`);
  }
  const [program, ...front] = isRoot ? ['apt-get'] : ['sudo', 'apt-get'];
  // sudo may ask for the password, so the terminal stays connected.
  const options = {
    stdio: isRoot ? undefined : ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  slowly('Reading the list of Debian packages', program, [...front, 'update', '-q'], options);
  slowly(
    `Installing Debian packages: ${missing.join(' ')}`,
    program,
    [...front, 'install', '-y', '-q', '--no-install-recommends', ...missing],
    options,
  );
}

/** A hash over the names and contents of files and folders. */
export function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      return;
    }
    if (stats.isDirectory()) {
      for (const entry of readdirSync(path).sort()) {
        add(join(path, entry));
      }
      return;
    }
    hash.update(`${relative(root, path)}\0${stats.size}\0`).update(readFileSync(path));
  };
  for (const path of paths) {
    add(join(root, path));
  }
  return hash.digest('hex');
}

/** Does `work` unless it was done before with the same inputs. */
function unlessDone(name, inputs, isStillThere, work) {
  const stamp = join(root, outFolder, 'stamps', name);
  const wanted = hashOf(inputs);
  if (isStillThere() && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return;
  }
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Problem(`Node ${process.versions.node} is too old: Node 20.19 or newer is needed.`);
  }
}

function installNpmPackages() {
  unlessDone(
    'npm',
    ['package-lock.json'],
    () => existsSync(join(root, 'node_modules', '.package-lock.json')),
    () => slowly('Installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund']),
  );
}

export const page = 'components/provisioning/web/index.html.gz';
/** The page and its languages. */
export const pageFolder = 'components/provisioning/web';
const pageInputs = [
  'webui/index.html',
  'webui/src',
  'webui/vite.config.ts',
  'scripts/build-page.mjs',
  'scripts/lib/deflate.mjs',
  'scripts/lib/page_format.mjs',
  'scripts/lib/squeeze.mjs',
  'package-lock.json',
];

export function buildPage() {
  unlessDone(
    'page',
    [...pageInputs, pageFolder],
    () => existsSync(join(root, page)),
    () => {
      slowly('Building the page', 'npm', ['run', '--silent', 'build']);
    },
  );
}

/** Builds targets of host/ into out/<name> and returns that folder. */
export function buildHost(name, targets, options = []) {
  const folder = join(outFolder, name);
  const stamp = join(root, folder, 'options.txt');
  const wanted = options.join('\n');
  const isConfigured = existsSync(join(root, folder, 'build.ninja')) && existsSync(stamp);
  if (!isConfigured || readFileSync(stamp, 'utf8') !== wanted) {
    process.stdout.write(`Building the firmware for this machine (${folder}) ...\n`);
    quietly('Configuring the firmware for this machine', 'cmake', [
      '-S',
      'host',
      '-B',
      folder,
      '-G',
      'Ninja',
      ...options,
    ]);
    writeFileSync(stamp, wanted);
  }
  quietly('Building the firmware for this machine', 'ninja', ['-C', folder, ...targets]);
  return join(root, folder);
}

export function setUp({ toTest = false, toFuzz = false } = {}) {
  checkNode();
  installDebianPackages({
    ...packagesToBuild,
    ...(toTest ? packagesToTest : {}),
    ...(toFuzz ? packagesToFuzz : {}),
  });
  installNpmPackages();
}

/** Runs a script's main function; a Problem ends it with one line and exit code 1. */
export async function run(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
