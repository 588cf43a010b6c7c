import { type ComponentChildren, h } from 'preact';
import { display, type Ssid } from '../api/ssid';
import { t } from '../locales';
import type { Failure, Portal } from '../models/portal';
import { Name } from './name';

/** What every view is given. */
export interface ViewProps {
  readonly portal: Portal;
}

/** What the device is called, as far as that is known. */
export const deviceName = ({ device }: Portal): string =>
  device.value ? device.value.name : t.theDevice;

/** The name of its access point; empty while it is not known. */
export const apName = ({ device }: Portal): string =>
  device.value
    ? display({ ssid: device.value.ap_ssid || '', ssid_hex: device.value.ap_ssid_hex } as Ssid)
    : '';

/** What happened, and what to do next. */
export const explain = (failure: Failure): readonly [string, string] =>
  t.failures[failure.code] ||
  t.failed(failure.raw === undefined ? failure.code : String(failure.raw));

/** The failure of what was tried last, if it failed. */
export const Alert = ({ portal }: ViewProps) => {
  const failure = portal.failure.value;
  return failure ? (
    <p class="alert">
      <b>{explain(failure)[0]}</b>
      {explain(failure)[1]}
    </p>
  ) : null;
};

/** What is known of the connection, and one fact more. */
export const Facts = ({ portal, children }: ViewProps & { children: ComponentChildren }) => {
  const report = portal.report.value;
  return (
    <dl class="card">
      {report.state === 'connected' && (
        <Fact name={t.network}>
          <Name of={report} />
        </Fact>
      )}
      {report.state === 'connected' && <Fact name={t.address}>{report.ip}</Fact>}
      {children}
    </dl>
  );
};

/** A fact: its name, and what it is. */
export const Fact = (props: { name: string; children: ComponentChildren }) => (
  <div class="row">
    <dt>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
);
