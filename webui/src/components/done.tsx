import { h } from 'preact';
import { t } from '../locales';
import { Arcs, CHECK, Icon } from './icons';
import { apName, deviceName, Fact, Facts, type ViewProps } from './parts';

/** The end. What it says needs no further answer from the device. */
export const Done = ({ portal }: ViewProps) => {
  const device = portal.device.value;
  const ending = portal.ending.value;
  const isSilent = ending === 'silent';
  const ap = apName(portal);
  return (
    <main class="center">
      {isSilent ? <Arcs lit={0} class="hero" /> : <Icon d={CHECK} class="hero badge" />}
      <h1>{isSilent ? t.unsure : t.done}</h1>
      <p>{(isSilent ? t.quiet : t.next)(deviceName(portal))}</p>
      <Facts portal={portal}>{device && <Fact name={t.mac}>{device.mac}</Fact>}</Facts>
      <p>{(isSilent ? t.silent : ending === 'closing' ? t.closing : t.stays)(ap)}</p>
      {!isSilent && <p>{t.undo(ap)}</p>}
      {ending !== 'closing' && (
        <button type="button" onClick={portal.reopen}>
          {isSilent ? t.check : t.another}
        </button>
      )}
    </main>
  );
};
