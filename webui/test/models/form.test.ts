import { describe, expect, it } from 'vitest';
import type { Security } from '../../src/api/types';
import { t } from '../../src/locales';
import { createForm, isPassword } from '../../src/models/form';
import { guests, house, network, raw } from '../fake_device';

describe('a password', () => {
  it.each([
    ['8 characters', '12345678', true],
    ['63 characters', 'x'.repeat(63), true],
    ['64 hexadecimal digits', '0123456789abcdefABCDEF'.padEnd(64, '0'), true],
    ['spaces', '        ', true],
    ['8 bytes in 4 characters', 'éééé', true],
    ['nothing', '', false],
    ['7 characters', '1234567', false],
    ['64 characters that are no digits', 'x'.repeat(64), false],
    ['65 hexadecimal digits', 'a'.repeat(65), false],
    ['64 bytes in 32 characters', 'é'.repeat(32), false],
  ])('of %s', (_, text, is) => {
    expect(isPassword(text)).toBe(is);
  });
});

describe('a network of the list', () => {
  it.each<[Security, boolean]>([
    ['open', false],
    ['owe', false],
    ['wpa', true],
    ['wpa2', true],
    ['wpa3', true],
    ['unknown', true],
  ])('with security %s needs a password: %s', (security, needs) => {
    const form = createForm();
    form.open(network(house, { security }));
    expect(form.secret.value).toBe(needs ? 'typed' : 'none');
  });

  it('is joined by its name and password', () => {
    const form = createForm();
    form.open(network(house));
    form.typePassword('boo-boo-boo');
    expect(form.submit()).toEqual({ security: 'wpa2', password: 'boo-boo-boo' });
    expect(form.target()).toEqual(house);
  });

  it('is joined by its bytes where they are no text', () => {
    const form = createForm();
    form.open(network(raw));
    form.typePassword('correct horse');
    expect(form.submit()).toEqual({ security: 'wpa2', password: 'correct horse' });
    expect(form.target()).toEqual(raw);
  });

  it('that is open is joined without a password', () => {
    const form = createForm();
    form.open(network(guests, { security: 'open' }));
    expect(form.submit()).toEqual({ security: 'open' });
  });

  it('that is saved is joined with the saved password, unless the owner types another', () => {
    const form = createForm();
    form.open(network(house, { saved: true }));
    expect(form.submit()).toEqual({ security: 'wpa2', saved: true });
    form.secret.value = 'typed';
    form.typePassword('another one');
    expect(form.submit()).toEqual({ security: 'wpa2', password: 'another one' });
  });
});

describe('what is wrong', () => {
  it('is shown from the first try to send on', () => {
    const form = createForm();
    form.open(network(house));
    expect(form.isSubmitted.value).toBe(false);
    expect(form.submit()).toBeUndefined();
    expect(form.isSubmitted.value).toBe(true);
    expect(form.passwordProblem()).toBe(t.passwordMissing);
    form.typePassword('short');
    expect(form.passwordProblem()).toBe(t.passwordHint);
    form.typePassword('long enough');
    expect(form.passwordProblem()).toBe('');
  });

  it('is forgotten with the next network', () => {
    const form = createForm();
    form.open(network(house));
    form.submit();
    form.open(network(guests));
    expect(form.isSubmitted.value).toBe(false);
  });
});

describe('a name that is typed', () => {
  it('may have 1 to 32 bytes', () => {
    const form = createForm();
    form.open();
    expect(form.nameProblem()).toBe(t.nameMissing);
    form.typedName.value = 'é'.repeat(16);
    expect(form.nameProblem()).toBe('');
    form.typedName.value += 'x';
    expect(form.nameProblem()).toBe(t.nameTooLong);
    form.typePassword('long enough');
    expect(form.submit()).toBeUndefined();
  });

  it('is sent as it is typed, spaces and all', () => {
    const form = createForm();
    form.open();
    form.typedName.value = ' attic ';
    form.typePassword('cobwebs-1');
    expect(form.submit()).toEqual({ password: 'cobwebs-1' });
    expect(form.target()).toEqual({ ssid: ' attic ' });
  });

  it('can be said to have no password', () => {
    const form = createForm();
    form.open();
    form.typedName.value = 'attic';
    form.secret.value = 'none';
    expect(form.submit()).toEqual({});
    expect(form.target()).toEqual({ ssid: 'attic' });
  });
});

describe('a password that was typed', () => {
  it('is there again when its network is opened again, and hidden', () => {
    const form = createForm();
    form.open(network(house));
    form.typePassword('boo-boo-bo');
    form.isPasswordShown.value = true;
    form.open(network(guests));
    expect(form.password.value).toBe('');
    form.open(network(house));
    expect(form.password.value).toBe('boo-boo-bo');
    expect(form.isPasswordShown.value).toBe(false);
  });
});
