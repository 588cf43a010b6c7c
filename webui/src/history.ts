import type { Portal } from './models/portal';

/** Marks the one entry above the list's. */
const ABOVE = 1;

/**
 * Keeps one history entry above the list while another view shows, so that Back leads to the list and,
 * from there, out. In a window whose history does not work, Back does what it always did there.
 *
 * To be called after each change of the view.
 */
export function followView(portal: Portal) {
  try {
    const view = portal.view.value;
    const isAbove = history.state === ABOVE;
    if (view === 'list') {
      if (isAbove) history.back();
    } else if (view !== 'done' && !isAbove) {
      history.pushState(ABOVE, '');
    }
  } catch {}
}

/** Back was pressed, or `followView` went back by itself. */
export function onBack(portal: Portal) {
  if (portal.view.value !== 'list') portal.back();
  followView(portal);
}
