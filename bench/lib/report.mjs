// Tables for the terminal and for docs/performance.md, of which each part is kept until it is measured
// anew.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const isNumber = (cell) => /^[\d.,−-]+( ?(ms|×))?$/.test(cell);

/** A Markdown table, aligned so that it reads well as text too. `rows` are arrays of strings. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const right = header.map((_, i) =>
    cells.slice(1).every((row) => isNumber(row[i]) || row[i] === ''),
  );
  const line = (row) =>
    `| ${row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => '-'.repeat(width + 1) + (right[i] ? ':' : '-')).join('|')}|`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}

export const whole = (value) => Math.round(value).toLocaleString('en');
export const fixed = (value, digits = 2) => value.toFixed(digits);

const begin = (name) => `<!-- ${name}: written by npm run bench -->`;
const end = (name) => `<!-- end of ${name} -->`;

/** A document of named parts; what is not set stays as the file has it. */
export class Document {
  #parts = new Map();
  constructor(path, names) {
    this.path = path;
    const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const name of names) {
      const from = old.indexOf(begin(name));
      const to = old.indexOf(end(name));
      const text = from >= 0 && to > from ? old.slice(from + begin(name).length, to).trim() : '';
      this.#parts.set(name, text || 'Not measured yet.');
    }
  }

  set(name, text) {
    this.#parts.set(name, text.trim());
  }

  /** `frame` is the text around; `{{name}}` stands for a part. */
  write(frame) {
    const text = frame.replace(/\{\{(.+?)\}\}/g, (_, name) => {
      return `${begin(name)}\n\n${this.#parts.get(name)}\n\n${end(name)}`;
    });
    writeFileSync(this.path, text);
  }
}
