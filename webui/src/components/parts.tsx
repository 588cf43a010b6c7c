import { type ButtonHTMLAttributes, type ComponentChild, h } from 'preact';
import { display, type Ssid } from '../api/ssid';
import { t } from '../locales';
import type { Failure, Portal } from '../models/portal';

/*
 * What the views are made of. All that is drawn is drawn by plain functions, called and not mounted: what
 * they return is only elements.
 */

/** What the device is called, as far as that is known. */
export const deviceName = ({ device }: Portal): string =>
  device.value ? device.value.name : t.theDevice;

/** The name of its access point; empty while it is not known. */
export const apName = ({ device }: Portal): string =>
  device.value
    ? display({ ssid: device.value.ap_ssid || '', ssid_hex: device.value.ap_ssid_hex } as Ssid)
    : '';

/** A button that does `onClick`. */
export const button = (
  label: ComponentChild | readonly ComponentChild[],
  onClick: () => void,
  props?: ButtonHTMLAttributes<HTMLButtonElement>,
) => (
  <button type="button" onClick={onClick} {...props}>
    {label}
  </button>
);

/** A network's name, as text and apart from the direction of what stands around it. */
export const networkName = (name: Ssid) => <bdi>{display(name)}</bdi>;

/** What happened, and what to do next. */
export const explain = (failure: Failure): readonly [string, string] =>
  t.failures[failure.code] ||
  t.failed(failure.raw === undefined ? failure.code : String(failure.raw));

/** The failure of what was tried last, if it failed. */
export const alertOf = ({ failure }: Portal) =>
  failure.value && (
    <p class="alert">
      <b>{explain(failure.value)[0]}</b>
      {explain(failure.value)[1]}
    </p>
  );

/** A fact: its name, and what it is. */
export const fact = (name: string, ...what: readonly ComponentChild[]) => (
  <div class="row">
    <dt>{name}</dt>
    <dd>{what}</dd>
  </div>
);

/** What is known of the connection, and one fact more. */
export const facts = ({ report }: Portal, more: ComponentChild) => {
  const { value } = report;
  return (
    <dl class="card">
      {value.state === 'connected' && fact(t.network, networkName(value))}
      {value.state === 'connected' && fact(t.address, value.ip)}
      {more}
    </dl>
  );
};
