// RFC 1951, read bit by bit: for what a library does not tell about a compressed stream.

const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * Reads a raw deflate stream up to its final block.
 *
 * Returns the bytes that it stands for, the bits spent on each of them, the bits spent on block headers and code
 * tables, the place of the last block's first bit, and that of the first bit behind the stream.
 */
export function readDeflate(data) {
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
      for (let length = 1, read = 0; length < 16; length++) {
        read = (read << 1) | bits(1);
        const symbol = codes.get((length << 16) | read);
        if (symbol !== undefined) return symbol;
      }
      throw new Error('not a deflate stream');
    };
  };
  /** The value of a symbol whose extra bits grow by one every `step` symbols. */
  const extended = (symbol, step, base) => {
    const extra = Math.max(0, Math.floor(symbol / step) - 1);
    return base + (symbol < 2 * step ? symbol : (step + (symbol % step)) << extra) + bits(extra);
  };
  const fixed = () => [
    tree([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)]),
    tree(Array(30).fill(5)),
  ];
  const dynamic = () => {
    const sizes = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
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
    return [tree(lengths.slice(0, sizes[0])), tree(lengths.slice(sizes[0]))];
  };

  const bytes = [];
  const costs = [];
  let overhead = 0;
  let lastBlockAt = 0;
  for (let isLast = 0; !isLast; ) {
    lastBlockAt = at;
    isLast = bits(1);
    const type = bits(2);
    if (type === 0) {
      at = (at + 7) & ~7;
      const length = bits(16);
      at += 16;
      overhead += at - lastBlockAt;
      for (let i = 0; i < length; i++) {
        bytes.push(bits(8));
        costs.push(8);
      }
      continue;
    }
    const [literal, distance] = type === 1 ? fixed() : dynamic();
    overhead += at - lastBlockAt;
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
        for (let i = 0; i < length; i++) bytes.push(bytes.at(-back));
        costs.push(...Array(length).fill((at - from) / length));
      }
    }
  }
  return { bytes: Buffer.from(bytes), costs, overhead, lastBlockAt, end: at };
}
