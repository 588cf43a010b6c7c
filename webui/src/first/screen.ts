import type { FirstState } from '../api/types';
import { drawElement } from './draw';
import { FIRST_ROWS, viewsOf } from './views';

/*
 * What the first script does. It runs before the application has arrived.
 */

const { DeviceName, list } = viewsOf(drawElement);

/** It can be read, and does not change. */
const fixed = <T>(value: T) => ({ value });

/** The application hears what is pressed, later. */
const later = () => {};

/** Draws the list if that is what the state shows. Everything else is the application's. */
function drawList({ status, scan, networks }: FirstState) {
  const { device, completed, connect, looking_for } = status;
  if (completed || connect.state !== 'idle') return;
  const { age_ms, error } = scan;
  const isNew = age_ms === null;
  const parts = list({
    report: fixed(connect),
    scan: {
      networks: fixed(isNew ? undefined : scan.networks),
      visibleRows: fixed(FIRST_ROWS),
      // A device that has not scanned yet is about to.
      scanning: fixed(scan.scanning || (isNew && !error)),
      failed: fixed(!!error),
      age: fixed(Math.floor((age_ms || 0) / 1000)),
      start: later,
    },
    saved: { networks: fixed(networks.networks) },
    lookingFor: fixed(looking_for),
    select: later,
    show: later,
  });
  // A menu takes a browser as long as a row of the list, so it comes with the application.
  const [, header, shell] = document.body.children as unknown as Element[];
  (header as Element).append(DeviceName({ name: device.name }));
  (shell as Element).replaceWith(drawElement('main', { class: 'list' }, parts));
}

let pressed: HTMLElement | null | undefined;

/** An application that has not arrived after this long will not: the connection broke, which not every browser tells. */
const LATE_MS = 10_000;

/** Keeps what is pressed for the application, or asks for the page again if it is late. */
function note({ target }: Event) {
  pressed = (target as Element).closest('button');
  if (performance.now() > LATE_MS) location.reload();
}

/** Draws what can be drawn, and returns what the device wrote into the page: its state, or undefined. */
export function begin(): FirstState | undefined {
  addEventListener('click', note);
  try {
    const state = JSON.parse((document.getElementById('state') as Element).textContent as string);
    drawList(state);
    return state;
  } catch {
    // It wrote none: the application asks for it.
    return undefined;
  }
}

/** The application is there: what was pressed before is pressed now. */
export function handOver() {
  removeEventListener('click', note);
  if (pressed) pressed.click();
}
