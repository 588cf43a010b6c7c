// node scripts/stack.mjs FOLDER ROOT... [--call FROM=TO] [--frame NAME=BYTES] [--without NAME] ...: the deepest path of calls
// below each function, in bytes of stack, from what gcc says of every frame. docs/esp-idf.md has the figures for the component's tasks.
//
// FOLDER is a build of ESP-IDF with the compiler's graph of calls: `-fcallgraph-info=su` among the COMPILE_OPTIONS of the
// project's CMakeLists.txt. A name is a function's, mangled or not, and matches if it is a part of exactly one; --call
// adds a call through a pointer or a virtual function, which the compiler does not know. Functions without a frame in
// FOLDER (the C library's, those in ROM) count as 0 and are listed, unless --frame says how much they take with all that they
// call. --without leaves a function out, such as the one that a failed assertion ends in.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All functions of a build, by gcc's name for them. */
function readGraph(folder) {
  const functions = new Map();
  const at = (title) => {
    if (!functions.has(title)) functions.set(title, { title, frame: undefined, calls: new Set() });
    return functions.get(title);
  };
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.ci')) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, title, label] of text.matchAll(/^node: \{ title: "(.*?)" label: "(.*?)"/gm)) {
      const bytes = /\\n(\d+) bytes \((\w[^)]*)\)/.exec(label);
      if (bytes)
        Object.assign(at(title), { frame: Number(bytes[1]), isBounded: bytes[2] !== 'dynamic' });
    }
    for (const [, from, to] of text.matchAll(
      /^edge: \{ sourcename: "(.*?)" targetname: "(.*?)"/gm,
    )) {
      at(from).calls.add(to);
    }
  }
  // gcc emits a constructor or destructor once and gives it two names, C1 and C2: calls use the one, the frame has the other.
  for (const { title, frame, calls } of [...functions.values()]) {
    const twin = title.replace(/([CD])1(?=E)/, '$12');
    if (frame === undefined && twin !== title && functions.has(twin)) {
      Object.assign(functions.get(title), { frame: 0, isBounded: true });
      calls.add(twin);
    }
  }
  return functions;
}

function demangle(titles) {
  const names = titles.map((title) => title.replace(/^.*:/, ''));
  const { stdout } = spawnSync('c++filt', ['-p'], { input: names.join('\n'), encoding: 'utf8' });
  return new Map(titles.map((title, i) => [title, stdout.split('\n')[i]]));
}

/** The deepest path from a function; a call back into the path is recursion, and is counted once. */
function deepest(functions, start) {
  const known = new Map();
  const onPath = new Set();
  const recursive = new Set();
  const visit = (title) => {
    if (known.has(title)) return known.get(title);
    if (onPath.has(title)) {
      recursive.add(title);
      return { bytes: 0, path: [] };
    }
    onPath.add(title);
    let below = { bytes: 0, path: [] };
    for (const callee of functions.get(title)?.calls ?? []) {
      const found = visit(callee);
      if (found.bytes > below.bytes) below = found;
    }
    onPath.delete(title);
    const frame = functions.get(title)?.frame ?? 0;
    const result = { bytes: frame + below.bytes, path: [{ title, frame }, ...below.path] };
    known.set(title, result);
    return result;
  };
  return { ...visit(start), reached: known, recursive };
}

const [folder, ...words] = process.argv.slice(2);
if (folder === undefined || words.length === 0) {
  process.stderr.write('usage: node scripts/stack.mjs FOLDER ROOT... [--call FROM=TO]...\n');
  process.exit(2);
}
const functions = readGraph(folder);
const names = demangle([...functions.keys()]);

function find(wanted) {
  const titles = [...functions.keys()].filter((title) => functions.get(title).frame !== undefined);
  const exact = titles.filter((title) => title === wanted || names.get(title) === wanted);
  const found =
    exact.length > 0 ? exact : titles.filter((title) => names.get(title)?.includes(wanted));
  if (found.length !== 1) {
    const some = found.slice(0, 8).map((title) => names.get(title));
    process.stderr.write(`${wanted}: ${found.length} functions of that name ${some.join(', ')}\n`);
    process.exit(1);
  }
  return found[0];
}

const roots = [];
const calls = [];
for (let i = 0; i < words.length; i++) {
  const word = words[i];
  if (word === '--call') {
    calls.push(words[++i].split('='));
  } else if (word === '--frame' || word === '--without') {
    const [title, bytes = 0] = words[++i].split('=');
    functions.set(title, { title, frame: Number(bytes), isBounded: true, calls: new Set() });
  } else {
    roots.push(word);
  }
}
for (const [from, to] of calls) functions.get(find(from)).calls.add(find(to));

for (const root of roots) {
  const { bytes, path, reached, recursive } = deepest(functions, find(root));
  process.stdout.write(`${root}: ${bytes} bytes\n`);
  for (const { title, frame } of path) {
    process.stdout.write(`${String(frame).padStart(8)}  ${names.get(title) ?? title}\n`);
  }
  const titles = [...reached.keys()];
  const list = (what, some) => {
    if (some.length > 0)
      process.stdout.write(`  ${what}: ${some.map((t) => names.get(t) ?? t).join(', ')}\n`);
  };
  list('recursive', [...recursive]);
  list(
    'not bounded',
    titles.filter((t) => functions.get(t)?.isBounded === false),
  );
  list(
    'calls through pointers',
    titles.filter((t) => functions.get(t)?.calls.has('__indirect_call')),
  );
  list(
    'no frame known',
    titles.filter((t) => t !== '__indirect_call' && functions.get(t)?.frame === undefined),
  );
}
