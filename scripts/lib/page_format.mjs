// The format of the built page and its languages: docs/page-format.md.
import { crc32 } from 'node:zlib';
import { readDeflate } from './deflate.mjs';

/** A final deflate block that holds nothing. */
export const END = Buffer.from([1, 0, 0, 0xff, 0xff]);
const TRAILER_SIZE = 8;
const TAIL_SIZE = END.length + TRAILER_SIZE;
/** RFC 1951: the most that a stored block holds. */
const MAX_STORED = 0xffff;

/** CRC-32 and size of what has been unpacked, as RFC 1952 wants them at the end. */
function trailer(crc, size) {
  const bytes = Buffer.alloc(TRAILER_SIZE);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(size, 4);
  return bytes;
}

/** RFC 1952's header: deflate, an extra field and a comment, no time, best compression, Unix. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0x14, 0, 0, 0, 0, 2, 3]);
/** The extra field's one subfield, which has four numbers of four bytes. */
const SUBFIELD = Buffer.from([20, 0, ...Buffer.from('PV'), 16, 0]);
const NUMBERS_AT = HEADER.length + SUBFIELD.length;
/** Where the policy begins. */
export const COMMENT_AT = NUMBERS_AT + 16;

/** CRC-32's polynomial, with the bits in the order of RFC 1952: the highest one is that of x^0. */
const POLYNOMIAL = 0xedb88320;
const timesX = (value) => (value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1) >>> 0;

/** The product of two CRCs as polynomials, modulo CRC-32's. */
export function multiply(a, b) {
  let product = 0;
  for (let bit = 31; bit >= 0; bit--, b = timesX(b)) if ((a >>> bit) & 1) product ^= b;
  return product >>> 0;
}

/** What so many bytes behind a text multiply its CRC by. */
export function shiftBy(bytes) {
  let power = 0x80000000;
  for (let bit = 0; bit < 8 * bytes; bit++) power = timesX(power);
  return power;
}

/** A finished deflate stream as blocks that end on a byte and let others follow. */
export function openStream(stream) {
  const { lastBlockAt, end } = readDeflate(stream);
  const open = Buffer.from(stream);
  open[lastBlockAt >> 3] &= ~(1 << (lastBlockAt & 7));
  // An empty stored block that is not final: three bits of zero, then zeros up to the next byte, then its length.
  return Buffer.concat([
    open.subarray(0, (end + 7) >> 3),
    Buffer.alloc(((end + 3 + 7) >> 3) - ((end + 7) >> 3)),
    Buffer.from([0, 0, 0xff, 0xff]),
  ]);
}

/** Blocks that `before` bytes of CRC and size lead up to, and what ends a file that stops behind them. */
export const closed = (blocks, text, before = { crc: 0, size: 0 }) =>
  Buffer.concat([blocks, END, trailer(crc32(text, before.crc), before.size + text.length)]);

/** A page: a gzip file whose header tells where others can put something into it, and what its CRC becomes then. */
export function pageFile(policy, start, rest) {
  const comment = Buffer.from(`${policy}\0`, 'latin1');
  const numbers = Buffer.alloc(16);
  const startEnd = COMMENT_AT + comment.length + start.blocks.length;
  for (const [index, number] of [
    startEnd,
    crc32(start.text),
    start.text.length,
    shiftBy(rest.text.length),
  ].entries())
    numbers.writeUInt32LE(number, 4 * index);
  return Buffer.concat([
    HEADER,
    SUBFIELD,
    numbers,
    comment,
    start.blocks,
    closed(rest.blocks, Buffer.concat([start.text, rest.text])),
  ]);
}

/**
 * A page, taken apart: what stands before what is put into it and what behind, the CRC-32 and the size of the former
 * and of the whole, and what the latter multiplies a CRC by.
 */
export function openPage(file) {
  const { blocks, ...whole } = open(file);
  const known = Buffer.concat([HEADER, SUBFIELD]);
  if (!file.subarray(0, known.length).equals(known)) throw new Error('not a built page');
  const [startEnd, crc, size, factor] = [0, 1, 2, 3].map((index) =>
    file.readUInt32LE(NUMBERS_AT + 4 * index),
  );
  return {
    start: blocks.subarray(0, startEnd),
    rest: blocks.subarray(startEnd),
    crc,
    size,
    factor,
    whole,
  };
}

/** A page or a language, taken apart: what to send of it, and the CRC-32 and the size up to there. */
export function open(file) {
  const tail = file.subarray(-TAIL_SIZE);
  if (!tail.subarray(0, END.length).equals(END)) throw new Error('not a built page or language');
  return {
    blocks: file.subarray(0, -TAIL_SIZE),
    crc: tail.readUInt32LE(END.length),
    size: tail.readUInt32LE(END.length + 4),
  };
}

/** JSON as it may stand in a script element. */
export const escapeJson = (json) =>
  json.replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The block with the first state, as the device writes it. */
export const stateBlock = (state) =>
  `<script type="application/json" id="state">${escapeJson(JSON.stringify(state))}</script>`;

/** A whole answer, as a device makes it: the page, in it perhaps a language, and the state in stored blocks. */
export function compose(page, language, state, blockSize = MAX_STORED) {
  const { start, rest, crc, size, factor, whole } = openPage(page);
  const before = language ? open(language) : { blocks: Buffer.alloc(0), crc, size };
  const text = Buffer.from(stateBlock(state));
  const stored = [];
  for (let at = 0; at < text.length; at += blockSize) {
    const piece = text.subarray(at, at + blockSize);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(0xffff - piece.length, 3);
    stored.push(head, piece);
  }
  return Buffer.concat([
    start,
    before.blocks,
    ...stored,
    rest,
    END,
    trailer(
      (whole.crc ^ multiply(factor, crc ^ crc32(text, before.crc))) >>> 0,
      whole.size + before.size + text.length - size,
    ),
  ]);
}
