import { h } from 'preact';
import { key } from '../api/ssid';
import type { Network } from '../api/types';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { Arcs, Lock, level } from './icons';
import { Name } from './name';
import { Alert } from './parts';

const isUnsupported = (network: Network) =>
  network.security === 'enterprise' || network.security === 'wep';

/** What a row says under the name. */
const remark = (network: Network): string => {
  if (network.security === 'enterprise') return t.enterprise;
  if (network.security === 'wep') return t.wep;
  if (network.saved) return t.savedHere;
  if (network.name.ssid_hex) return t.hex(network.name.ssid_hex);
  return isOpen(network.security) ? t.noPassword : '';
};

const Row = (props: { network: Network; portal: Portal }) => {
  const { network, portal } = props;
  const note = remark(network);
  return (
    <li>
      <button
        type="button"
        class="row"
        disabled={isUnsupported(network)}
        onClick={() => portal.choose(network)}
      >
        <span class="grow">
          <Name of={network.name} />
          {note && <small>{note}</small>}
        </span>
        {isOpen(network.security) || <Lock />}
        <Arcs lit={level(network.rssi)} />
        <span class="hidden">
          {isOpen(network.security) || `, ${t.locked}`}, {t.strength}{' '}
          {t.signal[level(network.rssi)]}
        </span>
      </button>
    </li>
  );
};

/** The networks around the device. */
export const List = (props: { portal: Portal }) => {
  const { portal } = props;
  const { scan, saved, report } = portal;
  const networks = scan.networks.value;
  const busy = scan.scanning.value;
  const hasFailed = scan.failed.value && !busy;
  const hasRows = networks?.[0];
  const count = (saved.networks.value || []).length;
  const tested = report.value;
  return (
    <main>
      <h1 tabIndex={-1}>{t.choose}</h1>
      <Alert portal={portal} />
      {tested.state === 'connected' && (
        <button type="button" class="card row" onClick={() => portal.go('test')}>
          <span class="grow">
            <Name of={tested.name} />
            <small>{t.ready}</small>
          </span>
          <i class="more" />
        </button>
      )}
      <div class="bar">
        <h2>{t.nearby}</h2>
        <small class={hasFailed ? 'bad' : ''}>
          {networks &&
            !busy &&
            (hasFailed ? t.scanFailedShort : t.age(Math.floor(scan.age.value / 1000)))}
        </small>
        <button type="button" class="text" aria-disabled={busy} onClick={scan.start}>
          {busy ? t.scanning : t.scan}
        </button>
      </div>
      {hasFailed && !hasRows && <p class="alert">{t.scanFailed}</p>}
      <ul class="card" aria-busy={busy}>
        {networks
          ? networks.map((network) => (
              <Row key={key(network.name)} network={network} portal={portal} />
            ))
          : busy && [1, 2, 3, 4, 5].map((n) => <li key={n} class="ghost row" />)}
        {networks && !hasRows && !hasFailed && <li class="row">{t.nothing}</li>}
        <li>
          <button type="button" class="row" onClick={() => portal.choose()}>
            <span class="grow">
              {t.other}
              <small>{t.otherHint}</small>
            </span>
            <i class="more" />
          </button>
        </li>
      </ul>
      {count > 0 && (
        <button type="button" class="card row" onClick={() => portal.go('saved')}>
          <span class="grow">{t.savedTitle}</span>
          {count}
          <i class="more" />
        </button>
      )}
    </main>
  );
};
