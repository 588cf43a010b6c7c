/** Deflate blocks of `text` that may refer back into `dictionary`. None is final, and the last ends on a byte. */
export function squeeze(text: Uint8Array, dictionary: Uint8Array): Buffer;
