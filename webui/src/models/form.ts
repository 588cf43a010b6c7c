import { signal } from '@preact/signals';
import { isOpen } from '../api/security';
import { key, MAX_SSID_BYTES, nameOf, type Ssid, utf8Length } from '../api/ssid';
import type { Credentials, Security } from '../api/types';
import { t } from '../locales';

/** IEEE 802.11i: 8 to 63 bytes, or the key itself as 64 hexadecimal digits. */
export const isPassword = (text: string): boolean => {
  const length = utf8Length(text);
  return (length > 7 && length < 64) || /^[\da-f]{64}$/i.test(text);
};

/** It begins or ends with a space, as a phone's keyboard likes to add one. */
export const hasOuterSpace = (text: string): boolean => text !== text.trim();

/** What opens a network: a password that the owner types, the one that the device has saved, or nothing. */
export type Secret = 'typed' | 'saved' | 'none';

/** The form for one network: what it asks for, checks, and keeps for correction. */
export function createForm() {
  /** The chosen network; undefined while its name is to be typed. */
  const name = signal<Ssid>();
  const typedName = signal('');
  const security = signal<Security>('unknown');
  /** The device has a password for it. */
  const isSaved = signal(false);
  /** The owner chooses between the saved and another password, and says whether there is one where no scan tells. */
  const secret = signal<Secret>('typed');
  const password = signal('');
  const isPasswordShown = signal(false);
  /** From the first try to send on, problems are shown. */
  const isSubmitted = signal(false);
  const drafts = new Map<string, string>();

  const target = (): Ssid => name.value || { ssid: typedName.value };
  const nameProblem = (): string => {
    const length = utf8Length(typedName.value);
    return name.value || (length && length <= MAX_SSID_BYTES)
      ? ''
      : length
        ? t.nameTooLong
        : t.nameMissing;
  };
  const passwordProblem = (): string =>
    secret.value !== 'typed' || isPassword(password.value)
      ? ''
      : password.value
        ? t.passwordHint
        : t.passwordMissing;

  return {
    name,
    typedName,
    security,
    isSaved,
    secret,
    password,
    isPasswordShown,
    isSubmitted,
    target,
    /** What is wrong, in words; empty if nothing is. */
    nameProblem,
    passwordProblem,

    /** Shows the form for a network, or, without one, for a name to be typed. */
    open(network?: Ssid & { security: Security; saved: boolean }) {
      name.value = network && nameOf(network);
      typedName.value = '';
      security.value = network ? network.security : 'unknown';
      isSaved.value = !!network && network.saved;
      secret.value = isSaved.value ? 'saved' : isOpen(security.value) ? 'none' : 'typed';
      password.value = (network && drafts.get(key(network))) || '';
      isPasswordShown.value = isSubmitted.value = false;
    },

    typePassword(text: string) {
      password.value = text;
      drafts.set(key(target()), text);
    },

    /** Drops every password that was typed. */
    dropPasswords() {
      password.value = '';
      drafts.clear();
    },

    /** How to connect to the target; or undefined, and then the problems are shown. */
    submit(): Credentials | undefined {
      isSubmitted.value = true;
      if (nameProblem() || passwordProblem()) return;
      const credentials = {
        typed: { password: password.value },
        saved: { saved: true as const },
        none: {},
      }[secret.value];
      return security.value === 'unknown'
        ? credentials
        : { security: security.value, ...credentials };
    },
  };
}

export type Form = ReturnType<typeof createForm>;
