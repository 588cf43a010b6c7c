import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Fixture {
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

const folder = join(import.meta.dirname, '../../test/fixtures');

/** One of the files in test/fixtures, which the firmware's tests read too. */
export const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** Their names, without `.json`. */
export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));
