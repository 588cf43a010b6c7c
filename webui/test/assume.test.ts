// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { apply } from '../assume';
import type { Facts } from '../facts';

const source = `
  export function draw(dom, options) {
    let mark;
    if (options.hook) options.hook(dom);
    if ((mark = dom.mark)) mark.current = dom;
    options.hook = dom.hook;
    return dom;
  }
  draw.extra = function () {
    return 1;
  };
`;

const facts: Facts = {
  values: { 'options.hook': 'undefined', 'mark = dom.mark': 'undefined' },
  idle: ['draw.extra ='],
};

/** The function that a source exports. */
const load = (code: string) =>
  new Function(`${code.replace('export ', '')}; return draw;`)() as {
    (dom: object, options: object): unknown;
    extra?: () => unknown;
  };

describe('the built page', () => {
  const { result, missing } = apply(source, facts, false);

  it('has the known values in the place of the expressions', () => {
    expect(result).toContain('if (undefined) undefined(dom)');
    expect(result).toContain('if ((undefined)) mark.current');
    expect(missing).toEqual([]);
  });

  it('leaves alone what is written to', () => {
    expect(result).toContain('options.hook = dom.hook');
  });

  it('has no idle statements', () => {
    expect(load(result).extra).toBeUndefined();
  });
});

describe('a test', () => {
  const draw = load(apply(source, facts, true).result);

  it('runs the complete source', () => {
    const dom = {};
    expect(draw(dom, {})).toBe(dom);
    expect(draw.extra).toBeTypeOf('function');
  });

  it('fails where an expression has another value', () => {
    expect(() => draw({}, { hook: () => {} })).toThrow('options.hook');
    expect(() => draw({ mark: {} }, {})).toThrow('mark = dom.mark');
  });

  it('fails where an idle function runs', () => {
    expect(() => draw.extra?.()).toThrow('draw.extra =');
  });
});

describe('what is foregone', () => {
  const foregone = { 'dom.mark': "'none'" };

  it.each([true, false])('is left out of tests and page alike (%s)', (check) => {
    const { result } = apply(source, { values: {}, foregone }, check);
    expect(result).toContain("(mark = 'none')");
  });
});

describe('a calm try', () => {
  const risky = `
    export function draw(dom) {
      try { return dom.mark(); } catch (error) { return 'caught'; }
    }
  `;
  const calm = ['try { return dom.mark()'];
  const thrower = {
    mark() {
      throw new RangeError('final');
    },
  };

  it('catches nothing, neither in the page nor in tests', () => {
    expect(load(risky)(thrower, {})).toBe('caught');
    for (const check of [true, false]) {
      const { result, missing } = apply(risky, { values: {}, calm }, check);
      expect(missing).toEqual([]);
      expect(() => load(result)(thrower, {})).toThrow('final');
    }
  });

  it('is not in the page', () => {
    expect(apply(risky, { values: {}, calm }, false).result).not.toContain('try');
  });
});

describe('what nobody reads', () => {
  const made = `
    export function draw(type, key) { return diff({ type, _depth: 0, key }, globalContext); }
  `;

  it('is not in the page', () => {
    expect(apply(made, { values: {} }, false).result).toContain('diff({ type,  key }, undefined)');
  });

  it('is there in tests', () => {
    expect(apply(made, { values: {} }, true).result).toContain('_depth: 0');
  });
});

it('names what is not in the source', () => {
  const values = { 'options.hooks': 'undefined' };
  expect(
    apply(source, { values, idle: ['draw.more'], calm: ['try { draw'] }, false).missing,
  ).toEqual(['options.hooks', 'draw.more', 'try { draw']);
});
