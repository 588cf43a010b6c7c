import { apName } from '../components/ap_name';
import { Button } from '../components/button';
import { ConnectionFacts } from '../components/facts';
import { FailureAlert } from '../components/failure';
import { Icon } from '../components/icon';
import { CHECK } from '../components/paths';
import { Title } from '../components/title';
import { sentence } from '../components/views';
import { t } from '../locales';
import type { Portal } from '../models/portal';

/** A connection test that has worked. */
export function ConnectedScreen({ portal }: { portal: Portal }) {
  const report = portal.report.value;
  const isFinishing = portal.finishing.value;
  if (report.state !== 'connected') return null;
  const { save_error } = report;
  const isFull = save_error && save_error.code === 'storage_full';
  return (
    <>
      <Icon path={CHECK} class="hero badge" />
      <Title portal={portal} text={report.ip ? t.connected : t.saved} />
      <FailureAlert portal={portal} />
      {report.saved ? (
        <p>{sentence(t.works, portal.device.value.name)}</p>
      ) : (
        <p class="alert">
          <b>{t.notSaved}</b>
          {isFull && t.storageFull}
        </p>
      )}
      {report.same_subnet && (
        <p class="alert">{sentence(t.sameSubnet, apName(portal.device.value))}</p>
      )}
      <ConnectionFacts portal={portal} />
      {isFull && (
        <Button class="primary" onClick={() => portal.show('saved')}>
          {t.savedNetworks}
        </Button>
      )}
      <Button class={isFull ? '' : 'primary'} aria-disabled={isFinishing} onClick={portal.complete}>
        {isFinishing ? t.finishing : t.finish}
      </Button>
      <Button onClick={portal.back}>{t.chooseOther}</Button>
    </>
  );
}
