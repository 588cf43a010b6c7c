import { signal } from '@preact/signals-core';
import { type Api, refusal } from '../api/client';
import { findIn, key, type Ssid } from '../api/ssid';
import type { SavedNetwork } from '../api/types';
import type { Link } from './link';

/** The networks whose password the device keeps. */
export function createSaved(api: Api, link: Link, onForgotten: (problem?: string) => void) {
  /** None until the device has told. */
  const networks = signal<readonly SavedNetwork[]>([]);
  /** The key of the one that the owner is asked about. */
  const asking = signal('');
  /** The key of the one that the device is told to forget. */
  const erasing = signal('');
  /** The one that was forgotten a moment ago. */
  const gone = signal<Ssid>();

  async function load() {
    await refusal(
      api.saved().then((reply) => {
        networks.value = reply.networks;
      }),
    );
  }

  /** Lets go of the question, and of an erasure that the device has not confirmed. */
  function keep() {
    asking.value = erasing.value = '';
  }

  return {
    networks,
    asking,
    erasing,
    gone,
    has: (name: Ssid) => !!findIn(networks.value, name),
    load() {
      link.do(load);
    },
    keep,
    /** Erases the network's password. */
    forget(name: Ssid) {
      if (erasing.value) return;
      const id = key(name);
      let sent = false;
      erasing.value = id;
      link.do(async () => {
        if (erasing.value !== id) {
          // Taken back; an earlier call may have come through all the same.
          if (sent) await load();
          return;
        }
        sent = true;
        let problem = await refusal(api.forget(name));
        // It is gone already, by an earlier call whose answer was lost or another window.
        if (problem === 'unknown_network') problem = undefined;
        if (erasing.value === id) keep();
        if (!problem) {
          gone.value = name;
          networks.value = networks.value.filter((saved) => key(saved) !== id);
        }
        onForgotten(problem);
      });
    },
  };
}

export type Saved = ReturnType<typeof createSaved>;
