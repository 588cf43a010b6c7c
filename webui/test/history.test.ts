import { beforeEach, describe, expect, it, vi } from 'vitest';
import { followView, onBack } from '../src/history';
import { createPortal, type Portal } from '../src/models/portal';
import { FakeDevice, house, network } from './fake_device';

/** A window's history, as far as the page uses it. */
class FakeHistory {
  private entries: unknown[] = [null];
  private at = 0;
  get state() {
    return this.entries[this.at];
  }
  get length() {
    return this.entries.length;
  }
  pushState = (state: unknown) => {
    this.entries = [...this.entries.slice(0, ++this.at), state];
  };
  /** Also what the window's own button does. False if that leaves the page. */
  back = () => {
    if (!this.at) return false;
    this.at--;
    onBack(portal);
    return true;
  };
}

let portal: Portal;
let history: FakeHistory;

/** As the page does after drawing. */
const show = (act: () => void) => {
  act();
  followView(portal);
};

beforeEach(() => {
  portal = createPortal(new FakeDevice());
  history = new FakeHistory();
  vi.stubGlobal('history', history);
});

describe('Back', () => {
  it.each(['form', 'saved', 'test'] as const)('leads from the view %s to the list', (view) => {
    show(() => portal.show(view));
    expect(history.back()).toBe(true);
    expect(portal.view.value).toBe('list');
  });

  it('leaves the page from the list, however often other views have shown', () => {
    for (let visits = 0; visits < 3; visits++) {
      show(() => portal.select(network(house)));
      show(() => portal.back());
    }
    expect(history.back()).toBe(false);
  });

  it('leads to the list at once, through whatever views one came', () => {
    show(() => portal.select(network(house)));
    show(() => portal.show('test'));
    show(() => portal.show('form'));
    expect(history.back()).toBe(true);
    expect(portal.view.value).toBe('list');
    expect(history.back()).toBe(false);
  });

  it('gives up a test that the device has yet to confirm, and keeps its form', () => {
    show(() => portal.select(network(house)));
    portal.form.typePassword('boo-boo-boo');
    show(() => portal.submit());
    expect(history.back()).toBe(true);
    expect(portal.view.value).toBe('form');
    expect(portal.form.password.value).toBe('boo-boo-boo');
    expect(history.back()).toBe(true);
    expect(portal.view.value).toBe('list');
  });

  it('does not take back the end', () => {
    show(() => portal.show('test'));
    show(() => portal.show('done'));
    history.back();
    expect(portal.view.value).toBe('done');
  });
});

it('a window that keeps no history loses nothing but Back', () => {
  const refuse = () => {
    throw new DOMException('not here', 'SecurityError');
  };
  vi.stubGlobal('history', { state: null, pushState: refuse, back: refuse });
  show(() => portal.show('form'));
  show(() => portal.back());
  expect(portal.view.value).toBe('list');
});

it('a window that ignores what is put into its history is not left by the button of the page', () => {
  const back = vi.fn();
  vi.stubGlobal('history', { state: null, pushState: () => {}, back });
  show(() => portal.show('form'));
  show(() => portal.back());
  expect(back).not.toHaveBeenCalled();
});
