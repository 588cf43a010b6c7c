import { type ButtonHTMLAttributes, type ComponentChild, h } from 'preact';
import { key } from '../api/ssid';
import type { Network } from '../api/types';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { arcs, icon, LOCK, level, NEXT } from './icons';
import { alertOf, button, networkName } from './parts';

/** What can't be joined, and why. */
const UNSUPPORTED: Readonly<Record<string, string>> = { enterprise: t.enterprise, wep: t.wep };

/** What a row says under the name. */
const remark = ({ security, saved, ssid_hex }: Network): string =>
  UNSUPPORTED[security] ||
  (saved ? t.savedHere : ssid_hex ? t.hex(ssid_hex) : isOpen(security) ? t.noPassword : '');

/** A row that stands alone. */
const CARD = { class: 'card row' };

/** A row that leads on. */
const row = (
  onClick: () => void,
  what: ComponentChild,
  note: string,
  props: ButtonHTMLAttributes<HTMLButtonElement> = { class: 'row' },
  sign: ComponentChild = icon(NEXT),
  count?: number,
) =>
  button(
    [
      <span key="" class="grow">
        {what}
        {note && <small>{note}</small>}
      </span>,
      count,
      sign,
    ],
    onClick,
    props,
  );

const networkRow = (network: Network, portal: Portal) => {
  const isLocked = !isOpen(network.security);
  const strength = level(network.rssi);
  return (
    <li key={key(network)}>
      {row(
        () => portal.choose(network),
        networkName(network),
        remark(network),
        { class: 'row', disabled: !!UNSUPPORTED[network.security] },
        arcs(
          strength,
          'sign',
          `, ${isLocked ? `${t.locked}, ` : ''}${t.strength} ${t.signal[strength]}`,
          isLocked ? LOCK : '',
        ),
      )}
    </li>
  );
};

/** The networks around the device. */
export const listView = (portal: Portal) => {
  const { scan, saved, report } = portal;
  const networks = scan.networks.value;
  const busy = scan.scanning.value;
  const hasFailed = scan.failed.value && !busy;
  const hasRows = (networks || [])[0];
  /** Nothing stands below that a longer list would push down. */
  const isWhole = networks ? !networks[scan.room.value] : !busy;
  const count = saved.networks.value.length;
  const tested = report.value;
  return (
    <main key="list">
      <h1>{t.choose}</h1>
      {alertOf(portal)}
      {tested.state === 'connected' &&
        row(() => portal.go('test'), networkName(tested), t.ready, CARD)}
      <div class="bar wrap">
        <h2>{t.nearby}</h2>
        <small class={hasFailed ? 'grow bad' : 'grow'}>
          {networks &&
            !busy &&
            (hasFailed ? t.scanFailedShort : t.age(Math.floor(scan.age.value / 1000)))}
        </small>
        {button(busy ? t.scanning : t.scan, scan.start, { 'aria-disabled': busy })}
      </div>
      {hasFailed && !hasRows && <p class="alert">{t.scanFailed}</p>}
      <ul class="card" aria-busy={busy}>
        {[
          ...(networks
            ? networks.slice(0, scan.room.value).map((network) => networkRow(network, portal))
            : busy
              ? [1, 2, 3, 4, 5].map((n) => <li key={n} class="ghost row" />)
              : []),
          networks && !hasRows && !hasFailed && (
            <li key="" class="row">
              {t.nothing}
            </li>
          ),
          isWhole && <li key="other">{row(() => portal.choose(), t.other, t.otherHint)}</li>,
        ]}
      </ul>
      {count > 0 &&
        isWhole &&
        row(() => portal.go('saved'), t.savedTitle, '', CARD, undefined, count)}
    </main>
  );
};
