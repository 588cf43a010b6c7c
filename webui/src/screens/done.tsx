import { apName } from '../components/ap_name';
import { Button } from '../components/button';
import { ConnectionFacts } from '../components/facts';
import { Icon } from '../components/icon';
import { CHECK, WAVES } from '../components/paths';
import { Title } from '../components/title';
import { sentence } from '../components/views';
import { t } from '../locales';
import type { Portal } from '../models/portal';

/** The device went silent when it was told to finish. */
function Unconfirmed({ portal }: { portal: Portal }) {
  const device = portal.device.value;
  return (
    <>
      <Icon path={WAVES} class="hero" />
      <Title portal={portal} text={t.unconfirmed} />
      <p>{sentence(t.wentSilent, device.name)}</p>
      <ConnectionFacts portal={portal} />
      <p>{sentence(t.checkAp, apName(device))}</p>
      <Button onClick={portal.resume}>{t.check}</Button>
    </>
  );
}

/** The end. What it says needs no further answer from the device. */
export function DoneScreen({ portal }: { portal: Portal }) {
  const ending = portal.ending.value;
  const report = portal.report.value;
  if (ending === 'silent') return <Unconfirmed portal={portal} />;
  const ap = apName(portal.device.value);
  return (
    <>
      <Icon path={CHECK} class="hero badge ring" />
      <Title portal={portal} text={t.done} />
      {report.state === 'connected' && !report.saved ? (
        <p class="alert">{t.notSaved}</p>
      ) : (
        <p>{sentence(t.staysConnected, portal.device.value.name)}</p>
      )}
      <ConnectionFacts portal={portal} />
      <p>{sentence(ending === 'closing' ? t.closing : t.staysOpen, ap)}</p>
      <p>{sentence(t.changeLater, ap)}</p>
      {ending === 'open' && <Button onClick={portal.resume}>{t.chooseOther}</Button>}
    </>
  );
}
