import { signal } from '@preact/signals';
import { type Api, refusal } from '../api/client';
import { findIn, key, type Ssid } from '../api/ssid';
import type { SavedNetwork } from '../api/types';
import type { Link } from './link';

/** What is deleted: a network by its key, or all of them. No key has this letter. */
export const idOf = (name?: Ssid): string => (name ? key(name) : 'all');

/** The saved networks: those whose password the device keeps. */
export function createSaved(api: Api, link: Link, onDeleted: (problem?: string) => void) {
  /** None until the device has told. */
  const networks = signal<readonly SavedNetwork[]>([]);
  /** The application lets the owner delete all at once. */
  const mayDeleteAll = signal(false);
  /** What the owner is asked about. */
  const confirming = signal('');
  /** What the device is told to delete. */
  const deleting = signal('');
  /** The one that was deleted a moment ago. */
  const deleted = signal<Ssid>();

  async function fetchNetworks() {
    await refusal(
      api.saved().then((reply) => {
        networks.value = reply.networks;
      }),
    );
  }

  /** Drops the question, and a deletion that the device has not confirmed. */
  function keep() {
    confirming.value = deleting.value = '';
  }

  return {
    networks,
    mayDeleteAll,
    confirming,
    deleting,
    deleted,
    has: (name: Ssid) => !!findIn(networks.value, name),
    load() {
      link.do(fetchNetworks);
    },
    /** Asks the owner about deleting one, or all. */
    confirm(name?: Ssid) {
      if (!deleting.value) confirming.value = idOf(name);
    },
    keep,
    /** Deletes a network and its password, or all of them. */
    delete(name?: Ssid) {
      if (deleting.value) return;
      const id = idOf(name);
      let sent = false;
      deleting.value = id;
      link.do(async () => {
        if (deleting.value !== id) {
          // Kept after all; an earlier call may have come through all the same.
          if (sent) await fetchNetworks();
          return;
        }
        sent = true;
        let problem = await refusal(api.deleteNetwork(name));
        // It is gone already, by an earlier call whose answer was lost or another window.
        if (problem === 'unknown_network') problem = undefined;
        // A device that could not delete all may have deleted some.
        if (problem) await fetchNetworks();
        if (deleting.value === id) keep();
        if (!problem) {
          deleted.value = name;
          networks.value = networks.value.filter((saved) => name && key(saved) !== id);
        }
        onDeleted(problem);
      });
    },
  };
}

export type Saved = ReturnType<typeof createSaved>;
