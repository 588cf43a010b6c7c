import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterFrame } from '../src/frames';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what is put off until after a frame', () => {
  it('runs behind what the frame itself runs', async () => {
    const order: string[] = [];
    afterFrame(() => order.push('job'));
    requestAnimationFrame(() => order.push('frame'));
    expect(order).toEqual([]);
    await vi.advanceTimersByTimeAsync(50);
    expect(order).toEqual(['frame', 'job']);
  });

  it('runs at once in a page that nobody sees, where no frame comes', () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const job = vi.fn();
    afterFrame(job);
    expect(job).toHaveBeenCalledOnce();
  });
});
