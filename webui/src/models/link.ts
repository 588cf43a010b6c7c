import { signal } from '@preact/signals-core';

/** Waits after the first, second, third ... call without an answer: 0.5 s, doubling to this. */
export const MAX_BACKOFF_MS = 4000;

/**
 * What an owner wants done. Run until it returns: one that throws got no answer and is run again
 * once the device answers, so it must find out by itself whether its call went through.
 */
export type Job = () => Promise<void>;

/**
 * The one line to the device. Everything goes through it, one call at a time, since the device has
 * one task to answer with and its radio little air to spare; between jobs it polls.
 *
 * `poll` asks for news and returns the ms until it wants to be called again.
 */
export function createLink(poll: () => Promise<number>) {
  const misses = signal(0);
  const jobs: Job[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  let on = false;

  async function run() {
    if (busy || !on) return;
    clearTimeout(timer);
    busy = true;
    let wait = 0;
    try {
      const job = jobs[0];
      if (job) {
        await job();
        jobs.shift();
      } else {
        wait = await poll();
      }
      misses.value = 0;
      if (jobs[0]) wait = 0;
    } catch {
      misses.value++;
      wait = Math.min(MAX_BACKOFF_MS, 250 * 2 ** misses.value);
    }
    busy = false;
    if (on) timer = setTimeout(run, wait);
  }

  return {
    /** The device has not answered twice in a row; a single lost call is nobody's business. */
    lost: () => misses.value > 1,
    /** Ends when the first call has, with or without an answer. */
    start() {
      on = true;
      return run();
    },
    /** No call is made from here on, except one that is under way. */
    stop() {
      on = false;
      clearTimeout(timer);
    },
    /** Asks now instead of at the end of the wait. */
    wake: run,
    do(job: Job) {
      jobs.push(job);
      run();
    },
  };
}

export type Link = ReturnType<typeof createLink>;
