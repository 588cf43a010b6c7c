import { useLayoutEffect, useRef } from 'preact/hooks';

/** Moves the focus, by itself to what the screen asks for or to its heading. */
export function moveFocus(to?: HTMLElement | null) {
  const target =
    to || document.querySelector<HTMLElement>('[autofocus]') || document.querySelector('h1');
  if (target) target.focus();
}

/** A new screen begins at its top, with the focus on what it asks for or on its heading. */
export function useFocusOnScreen(screen: string) {
  const shown = useRef(screen);
  useLayoutEffect(() => {
    if (shown.current === screen) return;
    shown.current = screen;
    scrollTo(0, 0);
    moveFocus();
  });
}

/**
 * For a component that may take away what has the focus: moves the focus to the element that `next` names, else
 * to the heading, instead of losing it.
 */
export function useKeptFocus(next: () => HTMLElement | undefined = () => undefined) {
  const focused = document.activeElement;
  useLayoutEffect(() => {
    if (focused && !focused.isConnected) moveFocus(next());
  });
}
