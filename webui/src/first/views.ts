import { display, key } from '../api/name';
import { isOpen } from '../api/security';
import type { Ssid } from '../api/ssid';
import type { ConnectReport, Network, Security } from '../api/types';
import { fill, PLACE, texts as t } from '../locales/first';
import type { Child, Draw } from './draw';

/** More than a phone shows at once: the rest of a long list can follow. */
export const FIRST_ROWS = 12;

/** Signal strength in steps that can be felt: 3 from -60 dBm on, 0 below -80 dBm. */
export const level = (rssi: number): number =>
  rssi < -80 ? 0 : rssi < -70 ? 1 : rssi < -60 ? 2 : 3;

export const strength = (rssi: number): string => t.strengths[level(rssi)] as string;

/** Why the device can't connect to a network, if it can't. */
const unsupported = (security: Security): string =>
  security === 'enterprise' ? t.enterprise : security === 'wep' ? t.wep : '';

/** The notes under a name. */
const notesOn = ({ security, saved, ssid_hex, band }: Network, isInUse: boolean): string =>
  unsupported(security) ||
  [
    isInUse && t.connected,
    saved ? t.saved : isOpen(security) && t.noPassword,
    ssid_hex && fill(t.bytes, ssid_hex),
    // The same in every language.
    band === '5' && '5 GHz',
  ]
    .filter(Boolean)
    .join(' · ');

/** Of a row: a name may have several kinds of security. */
const idOf = ({ ssid, ssid_hex, security }: Network): string => `${ssid_hex}/${ssid}/${security}`;

const ago = (seconds: number): string =>
  seconds < 60 ? t.justNow : fill(t.minutesAgo, Math.floor(seconds / 60));

/** What can be read: a signal, or what the first script reads but once. */
interface Value<T> {
  readonly value: T;
}

/** What the list knows and does. */
export interface ListModel {
  readonly report: Value<ConnectReport>;
  readonly scan: {
    /** Undefined while no scan has ended. */
    readonly networks: Value<readonly Network[] | undefined>;
    /** How many of them are drawn. */
    readonly visibleRows: Value<number>;
    readonly scanning: Value<boolean>;
    readonly failed: Value<boolean>;
    /** In seconds. */
    readonly age: Value<number>;
    start(): void;
  };
  readonly saved: { readonly networks: Value<readonly Ssid[]> };
  /** The saved network that the device tries to reach by itself. */
  readonly lookingFor: Value<Ssid | undefined>;
  select(network?: Network): void;
  show(view: 'saved'): void;
}

/**
 * The components that the list is made of. The first script draws with them before the application is there, and the
 * application draws the same over it: with a `Draw` of the first script's own, and with Preact's. So they know no
 * Preact, no model, and no texts but those of the first screen.
 */
export function viewsOf<T>(h: Draw<T>) {
  /** Signal arcs: one element that CSS draws, since a list has many. Without a label it is for the eyes alone. */
  const SignalIcon = ({ rssi, label }: { rssi: number; label?: string }): T =>
    h('i', {
      class: `signal s${level(rssi)}`,
      role: label && 'img',
      'aria-label': label,
    });

  /** A name, as text and apart from the writing direction of what stands around it. */
  const Name = ({ of }: { of: Ssid }): T => h('bdi', null, display(of));

  /** A text with one place in it, and the name that belongs there. */
  const sentence = (text: string, name: string): Child<T>[] => {
    const [before, after] = text.split(PLACE);
    return [before, h('bdi', null, name), after];
  };

  /** The heading of a screen, which can have the focus. */
  const Heading = ({ text }: { text: string }): T =>
    h('h1', { tabindex: '-1' }, h('bdi', null, text));

  /** The device's name in the header. */
  const DeviceName = ({ name }: { name: string }): T =>
    h('b', { class: 'grow' }, h('span', { dir: 'auto' }, name));

  function NetworkRow({ portal, network }: { portal: ListModel; network: Network }): T {
    const report = portal.report.value;
    const isInUse = report.state === 'connected' && key(report) === key(network);
    const isLocked = !isOpen(network.security);
    const notes = notesOn(network, isInUse);
    return h(
      'li',
      null,
      h(
        'button',
        {
          type: 'button',
          class: `row ${isLocked ? 'locked' : ''}`,
          disabled: !!unsupported(network.security),
          onClick: () => portal.select(network),
        },
        h(
          'span',
          { class: 'grow' },
          Name({ of: network }),
          notes && h('small', { class: isInUse || network.saved ? 'marked' : '' }, notes),
        ),
        SignalIcon({
          rssi: network.rssi,
          label: `, ${isLocked ? `${t.locked}, ` : ''}${t.signal}: ${strength(network.rssi)}`,
        }),
      ),
    );
  }

  /** A row that leads on to another screen. */
  const linkRow = (look: string, onClick: () => void, ...children: Child<T>[]): T =>
    h(
      'button',
      { type: 'button', class: `row ${look}`, onClick },
      ...children,
      h('i', { class: 'arrow', 'aria-hidden': 'true' }, '›'),
    );

  /** How old the list is. While there is nothing to say, the line keeps its place. */
  function Age({ portal }: { portal: ListModel }): T {
    const { networks, scanning, failed, age } = portal.scan;
    return !networks.value || scanning.value
      ? h('small', null, '\xa0')
      : failed.value
        ? h('small', { class: 'bad' }, t.scanFailed)
        : h('small', null, ago(age.value));
  }

  /** The screen with the list, and `news` above it. */
  function list(portal: ListModel, news?: Child<T>): readonly Child<T>[] {
    const { scan } = portal;
    const networks = scan.networks.value;
    const rows = scan.visibleRows.value;
    const isScanning = scan.scanning.value;
    const savedCount = portal.saved.networks.value.length;
    const missed = portal.lookingFor.value;
    const hasRows = (networks || [])[0];
    /** Nothing stands below that a longer list would push down. */
    const isWhole = networks ? !networks[rows] : !isScanning;
    return [
      Heading({ text: t.choose }),
      missed && h('p', null, sentence(t.lookingFor, display(missed))),
      news,
      h(
        'div',
        { class: 'bar' },
        h('span', { class: 'grow' }, h('h2', null, t.nearby), h(Age, { portal })),
        h(
          'button',
          { type: 'button', 'aria-disabled': `${isScanning}`, onClick: scan.start },
          isScanning ? t.scanning : t.scan,
        ),
      ),
      h(
        'ul',
        { class: 'card', 'aria-busy': `${isScanning}` },
        networks
          ? networks
              .slice(0, rows)
              .map((network) => h(NetworkRow, { key: idOf(network), portal, network }))
          : isScanning && [...'12345'].map((key) => h('li', { key, class: 'ghost row' })),
        !isScanning &&
          !hasRows &&
          h('li', { class: 'row' }, scan.failed.value ? t.scanFailedHelp : t.noNetworks),
        isWhole &&
          h(
            'li',
            { key: 'other' },
            linkRow(
              '',
              () => portal.select(),
              h('span', { class: 'grow' }, t.other, h('small', null, t.otherHint)),
            ),
          ),
      ),
      savedCount > 0 &&
        isWhole &&
        linkRow(
          'card',
          () => portal.show('saved'),
          h('span', { class: 'grow' }, t.savedNetworks),
          savedCount,
        ),
    ];
  }

  return { SignalIcon, Name, sentence, Heading, DeviceName, linkRow, list };
}
