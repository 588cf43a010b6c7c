import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLink, MAX_BACKOFF_MS } from '../../src/models/link';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(1);
const silent = () => Promise.reject(new Error('silent'));

describe('polling', () => {
  it('asks again after the time that the answer calls for', async () => {
    const poll = vi.fn().mockResolvedValue(500);
    const link = createLink(poll);
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(poll).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(499);
    expect(poll).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(poll).toHaveBeenCalledTimes(2);
  });

  it('never makes two calls at once, however often it is woken', async () => {
    let answer = (_: number) => {};
    const poll = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)));
    const link = createLink(poll);
    link.start();
    link.pollNow();
    link.pollNow();
    expect(poll).toHaveBeenCalledTimes(1);
    answer(1000);
    await settle();
    link.pollNow();
    expect(poll).toHaveBeenCalledTimes(2);
  });

  it('asks at once when it is woken', async () => {
    const poll = vi.fn().mockResolvedValue(5000);
    const link = createLink(poll);
    link.start();
    await settle();
    link.pollNow();
    await settle();
    expect(poll).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(poll).toHaveBeenCalledTimes(3);
  });

  it('makes no call before the start and after the stop', async () => {
    const poll = vi.fn().mockResolvedValue(100);
    const link = createLink(poll);
    link.pollNow();
    link.do(async () => {});
    await vi.advanceTimersByTimeAsync(1000);
    expect(poll).not.toHaveBeenCalled();
    link.start();
    await settle();
    link.stop();
    const before = poll.mock.calls.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(poll).toHaveBeenCalledTimes(before);
  });

  it('stops for good when it is stopped during a call', async () => {
    let link: ReturnType<typeof createLink>;
    const poll = vi.fn(async () => {
      link.stop();
      return 100;
    });
    link = createLink(poll);
    link.start();
    await vi.advanceTimersByTimeAsync(1000);
    expect(poll).toHaveBeenCalledTimes(1);
  });
});

describe('while the device does not answer', () => {
  it('waits longer and longer, to a limit', async () => {
    const poll = vi.fn(silent);
    createLink(poll).start();
    await vi.advanceTimersByTimeAsync(0);
    for (const wait of [500, 1000, 2000, 4000, MAX_BACKOFF_MS, MAX_BACKOFF_MS]) {
      const before = poll.mock.calls.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(poll).toHaveBeenCalledTimes(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(poll).toHaveBeenCalledTimes(before + 1);
    }
  });

  it('counts as lost from the second call on, until the next answer', async () => {
    const poll = vi.fn<() => Promise<number>>(silent);
    const link = createLink(poll);
    link.start();
    await settle();
    expect(link.isOffline.value).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    expect(link.isOffline.value).toBe(true);
    poll.mockResolvedValue(500);
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.isOffline.value).toBe(false);
  });

  it('starts with a short wait again after an answer', async () => {
    const poll = vi.fn<() => Promise<number>>(silent);
    const link = createLink(poll);
    link.start();
    await vi.advanceTimersByTimeAsync(3500);
    poll.mockResolvedValueOnce(100);
    await vi.advanceTimersByTimeAsync(4100);
    const before = poll.mock.calls.length;
    await vi.advanceTimersByTimeAsync(500);
    expect(poll).toHaveBeenCalledTimes(before + 1);
  });
});

describe('a job', () => {
  it('goes before the next poll', async () => {
    const order: string[] = [];
    const link = createLink(async () => {
      order.push('poll');
      return 1000;
    });
    link.start();
    link.do(async () => {
      order.push('job');
    });
    await settle();
    await settle();
    expect(order).toEqual(['poll', 'job', 'poll']);
  });

  it('runs at once when the device answers, even during a long wait', async () => {
    const link = createLink(async () => 5000);
    link.start();
    await settle();
    const job = vi.fn(async () => {});
    link.do(job);
    await settle();
    expect(job).toHaveBeenCalledTimes(1);
  });

  it('is run again until it gets through, and others wait for it', async () => {
    const link = createLink(async () => 1000);
    link.start();
    await settle();
    const first = vi.fn<() => Promise<void>>(silent);
    const second = vi.fn(async () => {});
    link.do(first);
    link.do(second);
    await settle();
    expect(first).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(first).toHaveBeenCalledTimes(2);
    expect(second).not.toHaveBeenCalled();
    first.mockResolvedValue();
    await vi.advanceTimersByTimeAsync(1000);
    expect(first).toHaveBeenCalledTimes(3);
    await settle();
    expect(second).toHaveBeenCalledTimes(1);
  });
});
