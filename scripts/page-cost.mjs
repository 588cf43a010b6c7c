// Tells what each part of the page costs: `npm run cost`. Every byte of the unpacked page is charged
// with the bits that the compressed file spends on it; source maps tell which file it came from. A
// text is charged to its first use, since a repetition costs a few bits wherever it stands.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { readDeflate } from './lib/deflate.mjs';
import { COMMENT_AT, END, openPage } from './lib/page_format.mjs';

/** Stands between the two scripts in what Vite builds. */
const PARTS_SCRIPTS = 'debugger;';

const root = new URL('..', import.meta.url);
const blob = readFileSync(new URL('components/provisioning/web/index.html.gz', root));
const { start, rest } = openPage(blob);
const begin = start.indexOf(0, COMMENT_AT) + 1;
const streams = [start.subarray(begin), rest].map((blocks) =>
  readDeflate(Buffer.concat([blocks, END])),
);
const bytes = Buffer.concat(streams.map((stream) => stream.bytes));
const costs = streams.flatMap((stream) => stream.costs);
const overhead = streams.reduce((sum, stream) => sum + stream.overhead, 0);

let built;
await build({
  configFile: fileURLToPath(new URL('webui/vite.config.ts', root)),
  logLevel: 'error',
  build: { write: false, sourcemap: 'hidden' },
  plugins: [
    {
      name: 'keep',
      generateBundle: {
        order: 'pre',
        handler: (_, files) => {
          built = { ...Object.values(files).find(({ type }) => type === 'chunk') };
        },
      },
    },
  ],
});

const parts = new Map();
const charge = (part, from, to) => {
  const sum = costs.slice(from, to).reduce((total, cost) => total + cost, 0) / 8;
  parts.set(part, (parts.get(part) ?? 0) + sum);
};
const partOf = (source) =>
  process.env.BY_FILE
    ? source.replace(/.*\/(src|node_modules)\//, '')
    : /signals/.test(source)
      ? '@preact/signals'
      : /preact/.test(source)
        ? 'preact'
        : /locales/.test(source)
          ? 'texts'
          : (/src\/(\w+)\//.exec(source)?.[1] ?? 'app, main, focus and history');

// Column by column, since the scripts are one line; a letter may be several bytes.
let place = bytes.indexOf('<script>');
let column = 0;
const sources = new SourceMap(JSON.parse(built.map.toString()));
for (const script of built.code.trim().split(PARTS_SCRIPTS)) {
  const at = bytes.indexOf(script, place);
  if (at < 0) throw new Error('components/ has another page than these sources make');
  charge('markup', place, at);
  place = at;
  for (const letter of script) {
    const { originalSource = '' } = sources.findEntry(0, column);
    const end = place + Buffer.byteLength(letter);
    charge(partOf(originalSource), place, end);
    place = end;
    column += letter.length;
  }
  column += PARTS_SCRIPTS.length;
}
const styleAt = bytes.indexOf('<style>') + '<style>'.length;
const styleEnd = bytes.indexOf('</style>');
charge('styles', styleAt, styleEnd);
charge('markup', 0, styleAt);
charge('markup', styleEnd, bytes.indexOf('<script>'));
charge('markup', place, bytes.length);
parts.set('security policy, gzip header and trailer', begin + 8);
parts.set('headers and code tables of the compression', overhead / 8);

for (const [part, cost] of [...parts].sort(([, a], [, b]) => b - a))
  console.log(`${Math.round(cost).toString().padStart(6)}  ${part}`);
console.log(`${blob.length.toString().padStart(6)}  in all`);
