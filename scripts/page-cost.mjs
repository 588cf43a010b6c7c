// Tells what each part of the page costs: `npm run cost`. Every byte of the unpacked page is charged
// with the bits that the compressed file spends on it; source maps tell which file it came from. A
// text is charged to its first use, since a repetition costs a few bits wherever it stands.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = new URL('..', import.meta.url);
const blob = readFileSync(new URL('components/provisioning/web/index.html.gz', root));
const begin = blob.indexOf(0, 10) + 1;

/** RFC 1951: the bytes that a stream stands for, and the bits spent on each. */
function inflate(data) {
  let at = 0;
  const bits = (count) => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value |= ((data[at >> 3] >> (at & 7)) & 1) << i;
    return value;
  };
  const tree = (lengths) => {
    const codes = new Map();
    let code = 0;
    for (let length = 1; length < 16; length++, code <<= 1)
      lengths.forEach((its, symbol) => {
        if (its === length) codes.set((length << 16) | code++, symbol);
      });
    return () => {
      for (let length = 1, read = 0; ; length++) {
        read = (read << 1) | bits(1);
        const symbol = codes.get((length << 16) | read);
        if (symbol !== undefined) return symbol;
      }
    };
  };
  /** The value of a symbol whose extra bits grow by one every `step` symbols. */
  const extended = (symbol, step, base) => {
    const extra = Math.max(0, Math.floor(symbol / step) - 1);
    return base + (symbol < 2 * step ? symbol : (step + (symbol % step)) << extra) + bits(extra);
  };
  const bytes = [];
  const costs = [];
  let overhead = 0;
  for (let isLast = 0; !isLast; ) {
    const start = at;
    isLast = bits(1);
    if (bits(2) !== 2) throw new Error('zopfli writes dynamic blocks');
    const sizes = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    const meta = Array(19).fill(0);
    for (const symbol of order.slice(0, sizes[2])) meta[symbol] = bits(3);
    const next = tree(meta);
    const lengths = [];
    while (lengths.length < sizes[0] + sizes[1]) {
      const symbol = next();
      if (symbol < 16) lengths.push(symbol);
      else {
        const times = [3 + bits(symbol === 16 ? 2 : 0), 3, 11][symbol - 16];
        const more = symbol === 17 ? bits(3) : symbol === 18 ? bits(7) : 0;
        lengths.push(...Array(times + more).fill(symbol === 16 ? lengths.at(-1) : 0));
      }
    }
    const literal = tree(lengths.slice(0, sizes[0]));
    const distance = tree(lengths.slice(sizes[0]));
    overhead += at - start;
    for (;;) {
      const from = at;
      const symbol = literal();
      if (symbol === 256) break;
      if (symbol < 256) {
        bytes.push(symbol);
        costs.push(at - from);
      } else {
        const length = symbol === 285 ? 258 : extended(symbol - 257, 4, 3);
        const back = extended(distance(), 2, 1);
        for (let i = 0; i < length; i++) {
          bytes.push(bytes.at(-back));
        }
        costs.push(...Array(length).fill((at - from) / length));
      }
    }
  }
  return { bytes: Buffer.from(bytes), costs, overhead };
}

const { bytes, costs, overhead } = inflate(blob.subarray(begin, -8));

let chunk;
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
          chunk = { ...Object.values(files).find(({ type }) => type === 'chunk') };
        },
      },
    },
  ],
});
const code = chunk.code.trim();
const scriptAt = bytes.indexOf(code);
if (scriptAt < 0) throw new Error('components/ has another page than these sources make');

const parts = new Map();
const charge = (part, from, to) => {
  const sum = costs.slice(from, to).reduce((total, cost) => total + cost, 0) / 8;
  parts.set(part, (parts.get(part) ?? 0) + sum);
};
const partOf = (source) =>
  /preact\/src/.test(source)
    ? 'Preact'
    : /signals-core/.test(source)
      ? 'signals'
      : /locales/.test(source)
        ? 'texts'
        : (/src\/(\w+)\//.exec(source)?.[1] ?? 'main and history');

// Column by column, since the script is one line; a letter may be several bytes.
const map = new SourceMap(JSON.parse(chunk.map.toString()));
let place = scriptAt;
let column = 0;
for (const letter of code) {
  const { originalSource = '' } = map.findEntry(0, column);
  const end = place + Buffer.byteLength(letter);
  charge(partOf(originalSource), place, end);
  place = end;
  column += letter.length;
}
const styleAt = bytes.indexOf('<style>') + '<style>'.length;
const styleEnd = bytes.indexOf('</style>');
charge('styles', styleAt, styleEnd);
charge('markup', 0, styleAt);
charge('markup', styleEnd, scriptAt);
charge('markup', place, bytes.length);
parts.set('security policy, gzip header and trailer', begin + 8);
parts.set('code tables of the compression', overhead / 8);

for (const [part, cost] of [...parts].sort(([, a], [, b]) => b - a))
  console.log(`${Math.round(cost).toString().padStart(6)}  ${part}`);
console.log(`${blob.length.toString().padStart(6)}  in all`);
