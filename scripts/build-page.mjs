// Makes components/provisioning/web/index.html.gz of the page that Vite built: the same bytes for
// the same page, on every machine. Fails if the page is too large or asks for anything outside.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, gunzipSync } from 'node:zlib';
import { deflateAsync } from '@gfx/zopfli';

/** What the page may take of a chip's flash and a slow radio's air. */
const MAX_BYTES = 12_288;

const root = new URL('..', import.meta.url);
const source = new URL('webui/dist/index.html', root);
const target = new URL('components/provisioning/web/index.html.gz', root);

const fail = (message) => {
  console.error(`build-page: ${message}`);
  process.exit(1);
};

// White space between elements draws nothing here.
const html = readFileSync(source, 'utf8')
  // Left over from the files that they were.
  .replace(/ rel="stylesheet"|(?<=<(style|script)[^>]*) crossorigin| (?=>)/g, '')
  // What the minifier leaves, since custom properties may hold anything.
  .replace(/(--[\w-]+:) /g, '$1')
  // What the first paint needs comes first: the script is the last of the body.
  .replace(/(<script\b[\s\S]*<\/script>)([\s\S]*?)(?=<\/body>)/, '$2$1')
  // What HTML lets be left out.
  .replace(
    /(<(script|style)\b[\s\S]*?<\/\2>)|(?<=>)\s+(?=<)|\s+$|<\/?(head|body)>|<\/(li|html)>/g,
    '$1',
  )
  .replace(
    /(<(script|style)\b[\s\S]*?<\/\2>)|="([\w/:,-]+)"/g,
    (_, code, _tag, value) => code ?? `=${value}`,
  );

/** The text of the one element of a kind, and its hash for the policy. */
const inlined = (tag) => {
  const all = [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))];
  if (all.length !== 1) fail(`expected one <${tag}>, found ${all.length}`);
  return `'sha256-${createHash('sha256').update(all[0][1]).digest('base64')}'`;
};

// The policy travels in the gzip header, where the firmware finds it: one file holds both, so they
// can't differ.
const policy = [
  "default-src 'none'",
  `script-src ${inlined('script')}`,
  `style-src ${inlined('style')}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

const markup = html.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
if (/\s(style|on\w+)=/.test(markup)) fail('the policy forbids style and event attributes');
if (/\s(src|href)=(?!data:|\/api\/)/.test(markup)) fail('the page asks for another file');
if (/mockServiceWorker|\bmsw\b/.test(html)) fail('the mocks are in the page');

const page = Buffer.from(html);
// RFC 1952: magic, deflate, FLG.FCOMMENT, no time, best compression, Unix.
const header = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 2, 3]);
const trailer = Buffer.alloc(8);
trailer.writeUInt32LE(crc32(page), 0);
trailer.writeUInt32LE(page.length, 4);
const deflated = await deflateAsync(page, { numiterations: 200, blocksplittingmax: 0 });
const blob = Buffer.concat([header, Buffer.from(`${policy}\0`, 'latin1'), deflated, trailer]);

if (!gunzipSync(blob).equals(page)) fail('the compressed page does not unpack to the same bytes');
if (blob.length > MAX_BYTES) fail(`${blob.length} bytes; at most ${MAX_BYTES} are allowed`);

mkdirSync(new URL('.', target), { recursive: true });
// Unchanged, it keeps its time, and what embeds it need not be built again.
if (!existsSync(target) || !readFileSync(target).equals(blob)) writeFileSync(target, blob);
console.log(
  `${fileURLToPath(target)}: ${blob.length} of ${MAX_BYTES} bytes (${page.length} unpacked)`,
);
