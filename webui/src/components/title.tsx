import { useLayoutEffect } from 'preact/hooks';
import type { Portal } from '../models/portal';
import { Heading } from './views';

/** The name of the window while a screen shows. */
export function useTitle(portal: Portal, text: string) {
  const device = portal.device.value.name;
  useLayoutEffect(() => {
    document.title = `${text} – ${device}`;
  }, [text, device]);
}

/** The heading of a screen, and the name of the window while it shows. */
export function Title({ portal, text }: { portal: Portal; text: string }) {
  useTitle(portal, text);
  return <Heading text={text} />;
}
