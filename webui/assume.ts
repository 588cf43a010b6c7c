import { fileURLToPath } from 'node:url';
import { type Plugin, parseAst } from 'vite';
import { FACTS, type Facts, UNREAD } from './facts';

/*
 * Two ways to take the facts about the libraries. The built page believes them: what they rule out is
 * not in it, and the end-to-end tests run on that. The unit tests doubt them: they run on the complete
 * sources and fail where an expression has another value than is claimed, or a function runs that is
 * said never to.
 */

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** A try statement that catches what is thrown, by name. */
interface Try extends Node {
  readonly block: Node;
  readonly handler: { readonly param: Node; readonly body: Node };
}

const isTry = (node: Node): node is Try =>
  node.type === 'TryStatement' && 'handler' in node && !!node.handler;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** The fields of a node in which names are bound or written to, not read. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  AssignmentExpression: ['left'],
  UpdateExpression: ['argument'],
  ImportSpecifier: ['imported', 'local'],
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  Property: ['key'],
  MemberExpression: ['property'],
};

const spaced = (text: string) => text.replace(/\s+/g, ' ');

const DOUBT = 'The page is assumed not to need this: ';

/** Stands before a doubted source. */
const ASSUMED = `
const assumed = (value, known, expression) => {
  if (known === true ? !value : value !== known && (value || known)) throw new Error('${DOUBT}' + expression);
  return value;
};
`;

/** The source under the facts, and those of them that are not about it. */
export function apply(code: string, facts: Facts, check: boolean) {
  const { values, idle = [], calm = [] } = facts;
  const foregone = new Map(Object.entries(facts.foregone ?? {}));
  const known = new Map(Object.entries(values));
  const missing = new Set([...known.keys(), ...idle, ...foregone.keys(), ...calm]);
  const edits: { start: number; end: number; text: string }[] = [];

  const visit = (node: Node, idleAs?: string) => {
    const original = code.slice(node.start, node.end);
    const text = spaced(original);
    let begin = idleAs;
    /** Which of `list` the node begins with. */
    const foundIn = (list: readonly string[]) => {
      const found = list.find((start) => text.startsWith(start));
      if (found !== undefined) missing.delete(found);
      return found;
    };
    if (/Statement$|^VariableDeclaration$/.test(node.type)) {
      const idleHere = foundIn(idle);
      if (idleHere !== undefined && !check) {
        edits.push({ start: node.start, end: node.end, text: ';' });
        return;
      }
      begin = idleHere ?? begin;
      if (isTry(node) && foundIn(calm) !== undefined) {
        if (check) {
          const start = node.handler.body.start + 1;
          const text = `throw ${code.slice(node.handler.param.start, node.handler.param.end)};`;
          edits.push({ start, end: start, text });
        } else {
          edits.push({ start: node.start, end: node.block.start, text: '' });
          edits.push({ start: node.block.end, end: node.end, text: '' });
          visit(node.block, begin);
          return;
        }
      }
    }
    if (node.type === 'Property' && UNREAD.includes(text) && !check) {
      // Its comma goes with it.
      edits.push({ start: node.start, end: node.end + (code[node.end] === ',' ? 1 : 0), text: '' });
      return;
    }
    if (/Expression$|^Identifier$/.test(node.type)) {
      const instead = foregone.get(text);
      if (instead !== undefined) {
        missing.delete(text);
        edits.push({ start: node.start, end: node.end, text: instead });
        return;
      }
      const value = known.get(text);
      if (value !== undefined) {
        missing.delete(text);
        const checked = `assumed(${original}, ${value}, ${JSON.stringify(text)})`;
        edits.push({ start: node.start, end: node.end, text: check ? checked : value });
        return;
      }
      if (!check && UNREAD.includes(text)) {
        edits.push({ start: node.start, end: node.end, text: 'undefined' });
        return;
      }
    }
    if (check && begin !== undefined && /^(Arrow)?Function/.test(node.type) && 'body' in node) {
      const { start, type } = node.body as Node;
      const text = `throw new Error(${JSON.stringify(DOUBT + begin)});`;
      if (type === 'BlockStatement') edits.push({ start: start + 1, end: start + 1, text });
      return;
    }
    for (const [field, child] of Object.entries(node)) {
      const isWritten =
        WRITTEN[node.type]?.includes(field) && !('computed' in node && node.computed);
      for (const item of Array.isArray(child) ? child : [child]) {
        // What is written to is found by way of what is read.
        const read = isWritten && isNode(item) && 'object' in item ? item.object : item;
        if (isNode(read) && (!isWritten || read !== item)) visit(read, begin);
      }
    }
  };
  visit(parseAst(code) as Node);

  let result = code;
  for (const { start, end, text } of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + text + result.slice(end);
  return { result: check ? ASSUMED + result : result, missing: [...missing] };
}

const source = (path: string) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

/** The libraries as this page uses them; with `check`, complete and in doubt. */
export function assume({ check = false } = {}): Plugin {
  return {
    name: 'assume',
    config: () => ({
      resolve: {
        alias: {
          preact: source('preact/src/index.js'),
          '@preact/signals-core': source('@preact/signals-core/src/index.ts'),
        },
      },
    }),
    transform(code, id) {
      const entry = Object.entries(FACTS).find(([file]) => id.endsWith(file));
      if (!entry) return null;
      const { result, missing } = apply(code, entry[1], check);
      if (missing[0]) this.error(`not in ${entry[0]}: ${missing.join(' | ')}`);
      return { code: result, map: null };
    },
  };
}
