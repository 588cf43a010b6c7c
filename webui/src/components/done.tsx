import { h } from 'preact';
import { t } from '../locales';
import type { Portal } from '../models/portal';
import { Check, Unsure } from './icons';
import { Name } from './name';

/** The end. What it says needs no further answer from the device. */
export const Done = (props: { portal: Portal }) => {
  const { portal } = props;
  const { ap_ssid, name, mac } = portal.device.value || { ap_ssid: '', name: t.theDevice, mac: '' };
  const report = portal.report.value;
  const ending = portal.ending.value;
  const isSilent = ending === 'silent';
  return (
    <main class="center">
      {isSilent ? <Unsure class="hero badge unsure" /> : <Check class="hero badge" />}
      <h1 tabIndex={-1}>{isSilent ? t.unsure : t.done}</h1>
      <p>{(isSilent ? t.quiet : t.next)(name)}</p>
      <dl class="card">
        {report.state === 'connected' && (
          <div class="row">
            <dt>{t.network}</dt>
            <dd>
              <Name of={report.name} />
            </dd>
          </div>
        )}
        {report.state === 'connected' && (
          <div class="row">
            <dt>{t.address}</dt>
            <dd>{report.ip}</dd>
          </div>
        )}
        <div class="row">
          <dt>{t.mac}</dt>
          <dd>{mac}</dd>
        </div>
      </dl>
      <p>{(ending === 'closing' ? t.closing : ending === 'open' ? t.stays : t.silent)(ap_ssid)}</p>
      {!isSilent && <p>{t.undo(ap_ssid)}</p>}
      {ending !== 'closing' && (
        <button type="button" class="text wide" onClick={portal.reopen}>
          {ending === 'open' ? t.another : t.check}
        </button>
      )}
    </main>
  );
};
