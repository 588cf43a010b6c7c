// node scripts/extract-example.mjs DOCUMENT.md FILE.cpp: writes the C++ example of a document into a file, so that it
// can be compiled as it stands there.
import { readFileSync, writeFileSync } from 'node:fs';
import { cppBlocks } from './lib/examples.mjs';

const [document, file] = process.argv.slice(2);
const blocks = cppBlocks(readFileSync(document, 'utf8'));
if (blocks.length !== 1) {
  process.stderr.write(`${document} has ${blocks.length} blocks of C++ instead of 1\n`);
  process.exit(1);
}
// With its line, so that the compiler points into the document.
writeFileSync(file, `#line ${blocks[0].line} "${document}"\n${blocks[0].text}`);
