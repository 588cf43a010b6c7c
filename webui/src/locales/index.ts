import { en } from './en';
import { replaceAll } from './first';

export { fill, PLACE } from './first';

/** The texts of the page: English, unless the page came with another language. */
export const t = en;

/** Takes the texts that came with the page, if there are any. To be called before anything is drawn. */
export function takeTexts(lines: string[]): void {
  if (lines[0]) replaceAll(t, lines);
}
