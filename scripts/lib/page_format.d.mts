/** A page or a language, taken apart: what to send of it, and the CRC-32 and the size up to there. */
export function open(file: Uint8Array): { blocks: Buffer; crc: number; size: number };

/** A page, taken apart: what stands before what is put into it and what behind, and CRC-32 and size of the former. */
export function openPage(file: Uint8Array): {
  start: Buffer;
  rest: Buffer;
  crc: number;
  size: number;
  factor: number;
  whole: { crc: number; size: number };
};

/** The product of two CRCs as polynomials, modulo CRC-32's. */
export function multiply(a: number, b: number): number;

/** What so many bytes behind a text multiply its CRC by. */
export function shiftBy(bytes: number): number;

/** JSON as it may stand in a script element. */
export function escapeJson(json: string): string;

/** A whole answer, as a device makes it: the page, in it perhaps a language, and the state in stored blocks. */
export function compose(
  page: Uint8Array,
  language: Uint8Array | undefined,
  state: unknown,
  blockSize?: number,
): Buffer;
