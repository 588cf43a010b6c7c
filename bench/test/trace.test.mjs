// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { readTrace } from '../lib/race.mjs';

const url = 'http://127.0.0.1:8080/';
const pid = 7;
const navigation = (ts, to = url) => ({
  name: 'navigationStart',
  pid,
  ts,
  args: { data: { documentLoaderURL: to } },
});
const paint = (ts) => ({ name: 'firstContentfulPaint', pid, ts });
const mark = (ts) => ({ name: 'bench-list', pid, ts });

/** A frame of the compositor: handed over, and on the screen. */
const frame = (local, committed, shown, process = pid) => [
  { name: 'Commit', ph: 'b', pid: process, ts: committed, id2: { local } },
  {
    name: 'SubmitCompositorFrameToPresentationCompositorFrame',
    ph: 'e',
    pid: process,
    ts: shown,
    id2: { local },
  },
];

describe('a trace', () => {
  it('tells when the first frame after the mark was on the screen', () => {
    const events = [
      navigation(1000),
      ...frame('a', 50_000, 61_000),
      paint(61_000),
      mark(80_000),
      ...frame('b', 90_000, 111_000),
      ...frame('a', 120_000, 131_000),
    ];
    expect(readTrace(events, url)).toEqual({ firstPaint: 60, list: 110, listAt: 111 });
  });

  it('goes on when a frame is shown before an earlier one that has the list', () => {
    const events = [
      navigation(0),
      paint(50_000),
      mark(80_000),
      ...frame('a', 90_000, 130_000),
      { ...frame('b', 70_000, 100_000)[1] },
    ];
    expect(readTrace(events, url).list).toBe(130);
  });

  it('counts from the first of two documents, with the first paint of that one', () => {
    const events = [
      navigation(0),
      paint(50_000),
      navigation(60_000, `${url}wifi`),
      mark(90_000),
      ...frame('a', 95_000, 100_000),
      paint(100_000),
    ];
    expect(readTrace(events, url)).toMatchObject({ firstPaint: 50, list: 100 });
  });

  it('takes the last mark: what was hidden before did not count', () => {
    const events = [
      navigation(0),
      paint(10_000),
      mark(20_000),
      ...frame('a', 25_000, 30_000),
      mark(70_000),
      ...frame('a', 80_000, 90_000),
    ];
    expect(readTrace(events, url).list).toBe(90);
  });

  it('looks at the page alone, not at frames of other processes', () => {
    const events = [
      navigation(0),
      paint(10_000),
      mark(20_000),
      ...frame('a', 21_000, 22_000, 99),
      ...frame('a', 30_000, 40_000),
    ];
    expect(readTrace(events, url).list).toBe(40);
  });

  it('is refused without a frame that has the list', () => {
    expect(() => readTrace([navigation(0), paint(10_000), mark(20_000)], url)).toThrow(
      /no frame with the list/,
    );
  });
});
