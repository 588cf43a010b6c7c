// Deflates a short text behind a dictionary, as small as one block can be: zlib takes a dictionary but looks for
// speed, and zopfli looks for size but takes no dictionary.

/** RFC 1951: how far back a block can refer. */
const WINDOW = 32_768;
const MAX_MATCH = 258;
const END_OF_BLOCK = 256;
/** The order in which a block tells the lengths of the codes for code lengths. */
const META_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const ROUNDS = 40;
/** The bits of a symbol that has not been used so far. */
const UNUSED_BITS = 13;

/** RFC 1951, 3.2.5: a symbol stands for 2^extra values from its base on. */
function symbols(first, count, base, extraOf) {
  const all = [];
  for (let i = 0, next = base; i < count; i++) {
    const extra = extraOf(i);
    all.push({ symbol: first + i, base: next, extra });
    next += 1 << extra;
  }
  return all;
}
const lengthSymbols = symbols(257, 28, 3, (i) => Math.max(0, (i >> 2) - 1));
const distanceSymbols = symbols(0, 30, 1, (i) => Math.max(0, (i >> 1) - 1));
const symbolOf = (all, value) => all.findLast(({ base }) => base <= value);
const lengthCodes = Array.from({ length: MAX_MATCH }, (_, length) =>
  symbolOf(lengthSymbols, Math.max(3, length)),
);
lengthCodes.push({ symbol: 285, base: MAX_MATCH, extra: 0 });

/** For each place of the text: the nearest match of each length, as ranges of lengths with one distance. */
function findMatches(data, start) {
  const places = new Map();
  const key = (at) => (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
  const matches = [];
  for (let at = 0; at < data.length; at++) {
    const known = places.get(key(at)) ?? [];
    if (at >= start) {
      const most = Math.min(MAX_MATCH, data.length - at);
      const ranges = [];
      for (let i = known.length - 1, longest = 2; i >= 0 && longest < most; i--) {
        const distance = at - known[i];
        if (distance > WINDOW) break;
        let length = 0;
        while (length < most && data[at + length] === data[known[i] + length]) length++;
        if (length > longest) {
          ranges.push({
            from: longest + 1,
            to: length,
            code: symbolOf(distanceSymbols, distance),
            distance,
          });
          longest = length;
        }
      }
      matches.push(ranges);
    }
    known.push(at);
    places.set(key(at), known);
  }
  return matches;
}

/** Lengths of a Huffman code for these frequencies, none longer than `limit`. */
function huffman(frequencies, limit) {
  const lengths = Array(frequencies.length).fill(0);
  let nodes = frequencies.flatMap((weight, symbol) =>
    weight ? [{ weight, leaves: [symbol] }] : [],
  );
  if (nodes.length === 1) lengths[nodes[0].leaves[0]] = 1;
  while (nodes.length > 1) {
    nodes.sort((a, b) => a.weight - b.weight);
    const [a, b, ...rest] = nodes;
    const leaves = [...a.leaves, ...b.leaves];
    for (const symbol of leaves) lengths[symbol]++;
    nodes = [...rest, { weight: a.weight + b.weight, leaves }];
  }
  // Flatter frequencies make a flatter tree.
  return Math.max(...lengths) > limit
    ? huffman(
        frequencies.map((weight) => Math.ceil(weight / 2)),
        limit,
      )
    : lengths;
}

/** The cheapest way through the text, where a symbol costs its bits. */
function parse(text, matches, literalBits, distanceBits) {
  const costs = Array(text.length + 1).fill(Number.POSITIVE_INFINITY);
  const steps = [];
  costs[0] = 0;
  for (let at = 0; at < text.length; at++) {
    const reach = (length, cost, step) => {
      if (costs[at] + cost >= costs[at + length]) return;
      costs[at + length] = costs[at] + cost;
      steps[at + length] = { length, ...step };
    };
    reach(1, literalBits[text[at]], {});
    for (const { from, to, code, distance } of matches[at]) {
      const bits = distanceBits[code.symbol] + code.extra;
      for (let length = from; length <= to; length++) {
        const { symbol, extra } = lengthCodes[length];
        reach(length, literalBits[symbol] + extra + bits, { code, distance });
      }
    }
  }
  const way = [];
  for (let at = text.length; at > 0; at -= steps[at].length) way.unshift(steps[at]);
  return way;
}

/** Code lengths as a block tells them: repetitions have symbols of their own. */
function runs(lengths) {
  const told = [];
  for (let at = 0; at < lengths.length; ) {
    const value = lengths[at];
    let count = 1;
    while (lengths[at + count] === value) count++;
    at += count;
    if (value) {
      told.push({ symbol: value, extra: 0 });
      count--;
    }
    for (const [symbol, least, most, extra] of value
      ? [[16, 3, 6, 2]]
      : [
          [18, 11, 138, 7],
          [17, 3, 10, 3],
        ])
      while (count >= least) {
        const taken = Math.min(count, most);
        told.push({ symbol, extra, value: taken - least });
        count -= taken;
      }
    while (count-- > 0) told.push({ symbol: value, extra: 0 });
  }
  return told;
}

const used = (lengths, least) => Math.max(least, lengths.findLastIndex((length) => length) + 1);

/** One block that is not final, and an empty stored one that ends on a byte. */
function write(text, way, literalLengths, distanceLengths) {
  const bits = [];
  const put = (value, count) => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  const coder = (lengths) => {
    const codes = [];
    for (let length = 1, code = 0; length < 16; length++, code <<= 1)
      lengths.forEach((its, symbol) => {
        if (its === length) codes[symbol] = code++;
      });
    return (symbol) => {
      for (let i = lengths[symbol] - 1; i >= 0; i--) bits.push((codes[symbol] >> i) & 1);
    };
  };
  const literals = used(literalLengths, 257);
  const distances = used(distanceLengths, 1);
  const told = runs([...literalLengths.slice(0, literals), ...distanceLengths.slice(0, distances)]);
  const frequencies = Array(19).fill(0);
  for (const { symbol } of told) frequencies[symbol]++;
  const metaLengths = huffman(frequencies, 7);
  const ordered = META_ORDER.map((symbol) => metaLengths[symbol]);
  const metas = used(ordered, 4);

  put(0, 1);
  put(2, 2);
  put(literals - 257, 5);
  put(distances - 1, 5);
  put(metas - 4, 4);
  for (const length of ordered.slice(0, metas)) put(length, 3);
  const putMeta = coder(metaLengths);
  for (const { symbol, extra, value } of told) {
    putMeta(symbol);
    put(value, extra);
  }
  const putLiteral = coder(literalLengths);
  const putDistance = coder(distanceLengths);
  let at = 0;
  for (const { length, code, distance } of way) {
    if (code) {
      const { symbol, base, extra } = lengthCodes[length];
      putLiteral(symbol);
      put(length - base, extra);
      putDistance(code.symbol);
      put(distance - code.base, code.extra);
    } else {
      putLiteral(text[at]);
    }
    at += length;
  }
  putLiteral(END_OF_BLOCK);
  put(0, 3);

  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    bytes[i >> 3] |= bit << (i & 7);
  });
  return Buffer.concat([bytes, Buffer.from([0, 0, 0xff, 0xff])]);
}

/** Deflate blocks of `text` that may refer back into `dictionary`. None is final, and the last ends on a byte. */
export function squeeze(text, dictionary) {
  const before = dictionary.subarray(-WINDOW);
  const matches = findMatches(Buffer.concat([before, text]), before.length);
  let best;
  let literalBits = Array(286).fill(7);
  let distanceBits = Array(30).fill(5);
  for (let round = 0; round < ROUNDS; round++) {
    const way = parse(text, matches, literalBits, distanceBits);
    const literals = Array(286).fill(0);
    const distances = Array(30).fill(0);
    literals[END_OF_BLOCK] = 1;
    let at = 0;
    for (const { length, code } of way) {
      literals[code ? lengthCodes[length].symbol : text[at]]++;
      if (code) distances[code.symbol]++;
      at += length;
    }
    const literalLengths = huffman(literals, 15);
    const distanceLengths = huffman(distances, 15);
    const blocks = write(text, way, literalLengths, distanceLengths);
    if (!best || blocks.length < best.length) best = blocks;
    literalBits = literalLengths.map((length) => length || UNUSED_BITS);
    distanceBits = distanceLengths.map((length) => length || UNUSED_BITS);
  }
  return best;
}
