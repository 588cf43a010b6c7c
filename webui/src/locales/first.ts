/**
 * The texts of the first screen, which is drawn before the others are there: English, unless the page came with
 * another language. `en.ts` has all texts, these first.
 */
export const texts = {
  choose: 'Choose a Wi-Fi network',
  lookingFor: 'Still looking for {name}…',
  nearby: 'Nearby',
  scan: 'Scan again',
  scanning: 'Scanning…',
  justNow: 'Just now',
  minutesAgo: '{count} min ago',
  noNetworks: 'No networks found. Move the device closer to the router, then scan again.',
  scanFailed: 'Scan failed',
  scanFailedHelp: 'Scan failed. Scan again, or restart the device.',
  noPassword: 'No password',
  saved: 'Saved',
  connected: 'Connected',
  enterprise: 'Enterprise: not supported yet',
  wep: 'WEP is too old: not supported',
  bytes: 'Bytes {hex}',
  signal: 'Signal',
  /** Of a signal: from -80 dBm down, -70, -60, and above. */
  strengths: ['Weak', 'Fair', 'Good', 'Strong'],
  locked: 'Password needed',
  other: 'Other network',
  otherHint: 'Hidden or not listed',
  savedNetworks: 'Saved networks',
};

/** Where the place of a text is. */
export const PLACE = /\{\w+\}/;

/** A text with its place filled. */
export const fill = (text: string, value: string | number): string =>
  text.split(PLACE).join(value as string);

interface Tree {
  [name: string]: string | Tree;
}

/** Puts the lines in the place of the texts, one after the other. */
export const replaceAll = (tree: object, lines: string[]): void => {
  const texts = tree as Tree;
  for (const name in texts) {
    const text = texts[name];
    if (typeof text === 'object') replaceAll(text, lines);
    else texts[name] = lines.shift() || '';
  }
};

/**
 * Takes the texts that the device put into the page: those of the first screen are replaced, and the page gets their
 * language and direction. Returns all of them, in the order of the English ones; none if there are none, or if the
 * empty line that ends them is missing.
 */
export function readLines(block: HTMLElement | null): string[] {
  if (!block) return [];
  const text = block.textContent || '';
  if (!text.endsWith('\n\n')) return [];
  const lines = text.split('\n');
  const root = document.documentElement;
  root.lang = block.lang;
  root.dir = block.dir;
  replaceAll(texts, lines.slice());
  return lines;
}
