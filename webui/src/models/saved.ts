import { signal } from '@preact/signals-core';
import { type Api, refusal } from '../api/client';
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
        await refusal(
          api.saved().then((list) => {
            networks.value = list;
          }),
        );
      });
    },
    /** Erases the network's password. */
    forget(name: Ssid) {
      link.do(async () => {
        let problem = await refusal(api.forget(name));
        // It is gone already, by an earlier call whose answer was lost or another window.
        if (problem === 'unknown_network') problem = undefined;
        asking.value = '';
        if (!problem && networks.value)
          networks.value = networks.value.filter((saved) => key(saved.name) !== key(name));
        onForgotten(problem);
      });
    },
  };
}

export type Saved = ReturnType<typeof createSaved>;
