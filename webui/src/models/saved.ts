import { signal } from '@preact/signals-core';
import { type Api, Refused } from '../api/client';
import { key, type Ssid } from '../api/ssid';
import type { SavedNetwork } from '../api/types';
import type { Link } from './link';

/** The networks whose password the device keeps. */
export function createSaved(api: Api, link: Link, onForgotten: (problem?: string) => void) {
  /** Undefined until the device has told. */
  const networks = signal<readonly SavedNetwork[] | undefined>(undefined);
  /** The key of the one that the owner is asked about. */
  const asking = signal('');

  return {
    networks,
    asking,
    has: (name: Ssid) =>
      !!networks.value && networks.value.some((saved) => key(saved.name) === key(name)),
    load() {
      link.do(async () => {
        try {
          networks.value = await api.saved();
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
        }
      });
    },
    /** Erases the network's password. */
    forget(name: Ssid) {
      link.do(async () => {
        let problem: string | undefined;
        try {
          await api.forget(name);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          // Unknown: it is gone already, by an earlier call whose answer was lost or another window.
          if (error.code !== 'unknown_network') problem = error.code;
        }
        asking.value = '';
        if (!problem && networks.value)
          networks.value = networks.value.filter((saved) => key(saved.name) !== key(name));
        onForgotten(problem);
      });
    },
  };
}

export type Saved = ReturnType<typeof createSaved>;
