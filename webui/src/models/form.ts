import { signal } from '@preact/signals-core';
import { key, MAX_SSID_BYTES, nameOf, type Ssid, utf8Length } from '../api/ssid';
import type { Credentials, Security } from '../api/types';

/** IEEE 802.11i: 8 to 63 bytes, or the key itself as 64 hexadecimal digits. */
export const isPassword = (text: string): boolean => {
  const length = utf8Length(text);
  return (length > 7 && length < 64) || /^[\da-f]{64}$/i.test(text);
};

/** It is joined without a password. */
export const isOpen = (security: Security): boolean => security === 'open' || security === 'owe';

/** What is needed to join one network: asked for, checked, and kept for correction. */
export function createForm() {
  /** The chosen network; undefined while its name is to be typed. */
  const name = signal<Ssid>();
  const typed = signal('');
  const security = signal<Security>('unknown');
  /** The device has a password for it. */
  const saved = signal(false);
  /** The owner wants that one used. */
  const useSaved = signal(false);
  /** The owner's word on whether there is a password, where no scan tells. */
  const secured = signal(true);
  const password = signal('');
  const revealed = signal(false);
  /** From the first try to send on, what is wrong is shown. */
  const tried = signal(false);
  const drafts = new Map<string, string>();

  const target = (): Ssid => name.value || { ssid: typed.value };
  const needsPassword = () =>
    !useSaved.value && (security.value === 'unknown' ? secured.value : !isOpen(security.value));
  const nameProblem = (): '' | 'missing' | 'long' => {
    if (name.value) return '';
    const length = utf8Length(typed.value);
    return length ? (length > MAX_SSID_BYTES ? 'long' : '') : 'missing';
  };
  const passwordProblem = (): '' | 'missing' | 'length' =>
    !needsPassword() || isPassword(password.value) ? '' : password.value ? 'length' : 'missing';

  return {
    name,
    typed,
    security,
    saved,
    useSaved,
    secured,
    password,
    revealed,
    tried,
    target,
    needsPassword,
    nameProblem,
    passwordProblem,

    /** Shows the form for a network, or, without one, for a name to be typed. */
    open(network?: Ssid & { security: Security; saved: boolean }) {
      name.value = network && nameOf(network);
      typed.value = '';
      security.value = network ? network.security : 'unknown';
      saved.value = useSaved.value = !!network && network.saved;
      secured.value = true;
      password.value = (network && drafts.get(key(network))) || '';
      revealed.value = tried.value = false;
    },

    type(text: string) {
      password.value = text;
      drafts.set(key(target()), text);
    },

    /** How to join the target; or undefined, and then what is wrong is shown. */
    submit(): Credentials | undefined {
      tried.value = true;
      if (nameProblem() || passwordProblem()) return;
      if (useSaved.value) return { saved: true };
      return needsPassword() ? { password: password.value } : {};
    },
  };
}

export type Form = ReturnType<typeof createForm>;
