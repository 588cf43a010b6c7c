import { h } from 'preact';
import { t } from '../locales';
import type { Portal } from '../models/portal';
import { arcs, CHECK, icon } from './icons';
import { apName, button, deviceName, fact, facts } from './parts';

/** The end. What it says needs no further answer from the device. */
export const doneView = (portal: Portal) => {
  const device = portal.device.value;
  const ending = portal.ending.value;
  const isSilent = ending === 'silent';
  const ap = apName(portal);
  return (
    <main key="done" class="center">
      {isSilent ? arcs(0, 'hero') : icon(CHECK, 'hero badge')}
      <h1>{isSilent ? t.unsure : t.done}</h1>
      <p>{(isSilent ? t.quiet : t.next)(deviceName(portal))}</p>
      {facts(portal, device && fact(t.mac, device.mac))}
      <p>{(isSilent ? t.silent : ending === 'closing' ? t.closing : t.stays)(ap)}</p>
      {!isSilent && <p>{t.undo(ap)}</p>}
      {ending !== 'closing' && button(isSilent ? t.check : t.another, portal.reopen)}
    </main>
  );
};
