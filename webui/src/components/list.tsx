import { h } from 'preact';
import { key } from '../api/ssid';
import type { Network } from '../api/types';
import { t } from '../locales';
import { isOpen } from '../models/form';
import { Arcs, Icon, LOCK, level, NEXT } from './icons';
import { Name } from './name';
import { Alert, type ViewProps } from './parts';

/** What can't be joined, and why. */
const UNSUPPORTED: Readonly<Record<string, string>> = { enterprise: t.enterprise, wep: t.wep };

/** What a row says under the name. */
const remark = ({ security, saved, ssid_hex }: Network): string =>
  UNSUPPORTED[security] ||
  (saved ? t.savedHere : ssid_hex ? t.hex(ssid_hex) : isOpen(security) ? t.noPassword : '');

const Row = ({ network, portal }: ViewProps & { network: Network }) => {
  const note = remark(network);
  const isLocked = !isOpen(network.security);
  const strength = level(network.rssi);
  return (
    <li>
      <button
        type="button"
        class="row"
        disabled={!!UNSUPPORTED[network.security]}
        onClick={() => portal.choose(network)}
      >
        <span class="grow">
          <Name of={network} />
          {note && <small>{note}</small>}
        </span>
        <Arcs
          lit={strength}
          d={isLocked ? LOCK : ''}
          class="sign"
          label={`, ${isLocked ? `${t.locked}, ` : ''}${t.strength} ${t.signal[strength]}`}
        />
      </button>
    </li>
  );
};

/** The networks around the device. */
export const List = ({ portal }: ViewProps) => {
  const { scan, saved, report } = portal;
  const networks = scan.networks.value;
  const busy = scan.scanning.value;
  const hasFailed = scan.failed.value && !busy;
  const hasRows = (networks || [])[0];
  /** Nothing stands below that a longer list would push down. */
  const isWhole = networks ? !networks[scan.room.value] : !busy;
  const count = (saved.networks.value || []).length;
  const tested = report.value;
  return (
    <main>
      <h1>{t.choose}</h1>
      <Alert portal={portal} />
      {tested.state === 'connected' && (
        <button type="button" class="card row" onClick={() => portal.go('test')}>
          <span class="grow">
            <Name of={tested} />
            <small>{t.ready}</small>
          </span>
          <Icon d={NEXT} />
        </button>
      )}
      <div class="bar wrap">
        <h2>{t.nearby}</h2>
        <small class={hasFailed ? 'grow bad' : 'grow'}>
          {networks &&
            !busy &&
            (hasFailed ? t.scanFailedShort : t.age(Math.floor(scan.age.value / 1000)))}
        </small>
        <button type="button" aria-disabled={busy} onClick={scan.start}>
          {busy ? t.scanning : t.scan}
        </button>
      </div>
      {hasFailed && !hasRows && <p class="alert">{t.scanFailed}</p>}
      <ul class="card" aria-busy={busy}>
        {networks
          ? networks
              .slice(0, scan.room.value)
              .map((network) => <Row key={key(network)} network={network} portal={portal} />)
          : busy && [1, 2, 3, 4, 5].map((n) => <li key={n} class="ghost row" />)}
        {networks && !hasRows && !hasFailed && <li class="row">{t.nothing}</li>}
        {isWhole && (
          <li>
            <button type="button" class="row" onClick={() => portal.choose()}>
              <span class="grow">
                {t.other}
                <small>{t.otherHint}</small>
              </span>
              <Icon d={NEXT} />
            </button>
          </li>
        )}
      </ul>
      {count > 0 && isWhole && (
        <button type="button" class="card row" onClick={() => portal.go('saved')}>
          <span class="grow">{t.savedTitle}</span>
          {count}
          <Icon d={NEXT} />
        </button>
      )}
    </main>
  );
};
