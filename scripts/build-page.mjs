// Makes components/provisioning/web/index.html.gz and lang/*.deflate of the page that Vite built and the texts in
// webui/src/locales: the same bytes for the same sources, on every machine. Fails if a file is too large, if the
// page asks for anything outside, or if a text is missing, superfluous or lacks a place. docs/page-format.md tells
// what the files are.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, gunzipSync } from 'node:zlib';
import { deflateAsync } from '@gfx/zopfli';
import { runnerImport } from 'vite';
import { closed, openPage, openStream, pageFile } from './lib/page_format.mjs';
import { squeeze } from './lib/squeeze.mjs';

/** What the English page may take of a chip's flash and a slow radio's air. */
const MAX_BYTES = 20_480;
/** What a language may take. */
const MAX_LANGUAGE_BYTES = 1700;

const root = new URL('..', import.meta.url);
const source = new URL('webui/dist/index.html', root);
const target = new URL('components/provisioning/web/index.html.gz', root);
const languageFolder = new URL('components/provisioning/web/lang/', root);

const fail = (message) => {
  console.error(`build-page: ${message}`);
  process.exit(1);
};

/** A file that does not change keeps its time, so that what embeds it is not built again. */
function write(file, bytes) {
  if (!existsSync(file) || !readFileSync(file).equals(bytes)) writeFileSync(file, bytes);
}

// White space between elements draws nothing here.
const html = readFileSync(source, 'utf8')
  // Left over from the files that they were.
  .replace(/ rel="stylesheet"|(?<=<(style|script)[^>]*)( type="module")? crossorigin| (?=>)/g, '')
  // The scripts are the last of the body, and a `debugger` parts them: two classic scripts, which run where they stand,
  // also in a document that never ends. The second one sees what the first declares.
  .replace(
    /(<script\b[\s\S]*?)debugger;([\s\S]*<\/script>)([\s\S]*?)(?=<\/body>)/,
    '$3$1</script><script>$2',
  )
  // What HTML lets be left out, the ends of body and html too: what the device adds belongs to the body.
  .replace(
    /(<(script|style)\b[\s\S]*?<\/\2>)|(?<=>)\s+(?=<)|\s+$|<\/?(head|body)>|<\/(li|html)>/g,
    '$1',
  )
  .replace(
    /(<(script|style)\b[\s\S]*?<\/\2>)|="([\w/:,-]+)"/g,
    (_, code, _tag, value) => code ?? `=${value}`,
  );

/** The hashes of all elements of a kind, for the policy. */
const inlined = (tag, count) => {
  const all = [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))];
  if (all.length !== count) fail(`expected ${count} <${tag}>, found ${all.length}`);
  return all
    .map(([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    .join(' ');
};

// The policy travels in the gzip header, where the firmware finds it: one file holds both, so they
// can't differ.
const policy = [
  "default-src 'none'",
  `script-src ${inlined('script', 2)}`,
  `style-src ${inlined('style', 1)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

const markup = html.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
if (/\s(style|on\w+)=/.test(markup)) fail('the policy forbids style and event attributes');
if (/\s(src|href)=(?!"?data:)/.test(markup)) fail('the page asks for another file');
if (/mockServiceWorker|\bmsw\b/.test(html)) fail('the mocks are in the page');
if (!html.endsWith('</script>')) fail('something stands behind the scripts');

// What the device writes goes between the markup and the scripts: neither may refer back into the other.
const scriptsAt = html.indexOf('<script>');
const [start, rest] = [html.slice(0, scriptsAt), html.slice(scriptsAt)].map((text) =>
  Buffer.from(text),
);
const deflate = async (text) =>
  openStream(await deflateAsync(text, { numiterations: 600, blocksplittingmax: 0 }));
const page = Buffer.from(html);
const blob = pageFile(
  policy,
  { text: start, blocks: await deflate(start) },
  { text: rest, blocks: await deflate(rest) },
);
if (!gunzipSync(blob).equals(page)) fail('the compressed page does not unpack to the same bytes');
if (blob.length > MAX_BYTES) fail(`${blob.length} bytes; at most ${MAX_BYTES} are allowed`);

mkdirSync(languageFolder, { recursive: true });
write(target, blob);
console.log(
  `${fileURLToPath(target)}: ${blob.length} of ${MAX_BYTES} bytes (${page.length} unpacked), ${openPage(blob).start.length} up to the first paint`,
);

const { module: locales } = await runnerImport(
  fileURLToPath(new URL('webui/src/locales/languages.ts', root)),
  { root: fileURLToPath(root), configFile: false, logLevel: 'error' },
);
for (const problem of locales.problems()) fail(problem);

const wanted = new Set();
for (const translation of locales.translations()) {
  const { tag, direction } = translation;
  const text = Buffer.from(
    `<script type=text/plain id=texts lang=${tag} dir=${direction}>${locales.textOf(translation)}</script>`,
  );
  const language = closed(squeeze(text, start), text, { crc: crc32(start), size: start.length });
  const whole = Buffer.concat([openPage(blob).start, language]);
  if (!gunzipSync(whole).equals(Buffer.concat([start, text])))
    fail(`${tag} does not unpack to the same bytes`);
  if (language.length > MAX_LANGUAGE_BYTES)
    fail(`${tag}: ${language.length} bytes; at most ${MAX_LANGUAGE_BYTES} are allowed`);
  write(new URL(`${tag}.deflate`, languageFolder), language);
  wanted.add(`${tag}.deflate`);
  console.log(`${tag.padStart(8)}: ${language.length} of ${MAX_LANGUAGE_BYTES} bytes`);
}
for (const file of readdirSync(languageFolder))
  if (!wanted.has(file)) rmSync(new URL(file, languageFolder));
