import type { ComponentChildren } from 'preact';
import { display } from '../api/ssid';
import { strength } from '../first/views';
import { t } from '../locales';
import type { Portal } from '../models/portal';
import { SignalIcon } from './views';

/** A fact: its name, and what it is. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="row">
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}

/** The facts about the connection. */
export function ConnectionFacts({ portal }: { portal: Portal }) {
  const report = portal.report.value;
  const { station_mac, mac } = portal.device.value;
  return (
    <dl class="card">
      {report.state === 'connected' && (
        <>
          <Fact name={t.network}>{display(report)}</Fact>
          {report.ip && <Fact name={t.address}>{report.ip}</Fact>}
          {report.rssi !== undefined && (
            <Fact name={t.signal}>
              {strength(report.rssi)}
              <SignalIcon rssi={report.rssi} />
            </Fact>
          )}
        </>
      )}
      <Fact name={t.mac}>{station_mac || mac}</Fact>
    </dl>
  );
}
