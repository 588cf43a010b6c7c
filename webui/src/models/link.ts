import { computed, signal } from '@preact/signals';
import { Refused } from '../api/client';

/** Waits after the first, second, third ... call without an answer: 0.5 s, doubling to this. */
export const MAX_BACKOFF_MS = 4000;

/** The wait after a refusal: the device is there, and busy. */
export const REFUSED_MS = 1000;

/**
 * An order of the owner's. It runs until it returns: one that throws got no answer, or only that the device is
 * busy, and runs again. So it must find out by itself whether its call went through.
 */
export type Job = () => Promise<void>;

/**
 * The one line to the device. It makes one call at a time, since the device has one task to answer with and its
 * radio little air to spare. Jobs go first; between jobs it polls.
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
    } catch (error) {
      if (error instanceof Refused) {
        misses.value = 0;
        wait = REFUSED_MS;
      } else {
        misses.value++;
        wait = Math.min(MAX_BACKOFF_MS, 250 * 2 ** misses.value);
      }
    }
    busy = false;
    if (on) timer = setTimeout(run, wait);
  }

  return {
    /** The device has not answered twice in a row. A single lost call is not worth a word. */
    isOffline: computed(() => misses.value > 1),
    /** Begins after a wait, or at once; then it ends when the first call has, with or without an answer. */
    async start(wait = 0) {
      on = true;
      if (wait) timer = setTimeout(run, wait);
      else await run();
    },
    /** No call is made from here on, except one that is under way. */
    stop() {
      on = false;
      clearTimeout(timer);
    },
    /** Asks now instead of at the end of the wait. */
    pollNow: run,
    do(job: Job) {
      jobs.push(job);
      run();
    },
  };
}

export type Link = ReturnType<typeof createLink>;
