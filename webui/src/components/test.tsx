import { h } from 'preact';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { Arcs, Check, level } from './icons';
import { Name } from './name';
import { Alert } from './parts';

/** Which of the three steps a running test is in. */
export const stepOf = (portal: Portal): number => {
  const report = portal.report.value;
  return portal.requested.value || report.state === 'idle'
    ? 0
    : report.state === 'connecting'
      ? report.phase === 'finding'
        ? 0
        : 1
      : 2;
};

/** A step in the words that fit the network. */
export const stepName = (portal: Portal, step: number): string => {
  if (!step && portal.requested.value) return t.waiting;
  const report = portal.report.value;
  const name = portal.requested.value || (report.state !== 'idle' && report.name);
  const network = name && portal.scan.find(name);
  return step === 1 && network && isOpen(network.security) ? t.joining : t.steps[step] || '';
};

const Running = (props: { portal: Portal }) => {
  const { portal } = props;
  const report = portal.report.value;
  const name = portal.requested.value || (report.state !== 'idle' && report.name);
  const step = stepOf(portal);
  return (
    <main class="center">
      <Arcs lit={3} class="hero waves" />
      <h1 tabIndex={-1}>{t.connecting}</h1>
      <b>{name && <Name of={name} />}</b>
      <ol class="card">
        {t.steps.map((_, index) => (
          <li
            key={index}
            class={`row step ${index < step ? 'past' : index > step ? 'ahead' : 'now'}`}
            aria-current={index === step && 'step'}
          >
            {index < step ? <Check /> : <i />}
            {stepName(portal, index)}
          </li>
        ))}
      </ol>
      <p>{t.patience}</p>
      <button
        type="button"
        class="text wide"
        aria-disabled={portal.cancelling.value}
        onClick={portal.cancel}
      >
        {portal.cancelling.value ? t.cancelling : t.cancel}
      </button>
    </main>
  );
};

/** A connection test, as it runs and when it has worked. */
export const Test = (props: { portal: Portal }) => {
  const { portal } = props;
  const report = portal.report.value;
  if (portal.requested.value || report.state !== 'connected') return <Running portal={portal} />;
  const device = portal.device.value;
  return (
    <main class="center">
      <Check class="hero badge" />
      <h1 tabIndex={-1}>{t.connected}</h1>
      <Alert portal={portal} />
      {report.saved ? (
        <p>{t.works(device ? device.name : t.theDevice)}</p>
      ) : (
        <p class="alert">
          {t.notSaved} {report.saveError === 'storage_full' && t.storageFull}
        </p>
      )}
      <dl class="card">
        <div class="row">
          <dt>{t.network}</dt>
          <dd>
            <Name of={report.name} />
          </dd>
        </div>
        <div class="row">
          <dt>{t.address}</dt>
          <dd>{report.ip}</dd>
        </div>
        {report.rssi !== undefined && (
          <div class="row">
            <dt>{t.strength}</dt>
            <dd>
              {t.signal[level(report.rssi)]} <Arcs lit={level(report.rssi)} />
            </dd>
          </div>
        )}
      </dl>
      <button
        type="button"
        class="primary"
        aria-disabled={portal.finishing.value}
        onClick={portal.complete}
      >
        {portal.finishing.value ? t.finishing : t.finish}
      </button>
      <button type="button" class="text wide" onClick={() => portal.go('list')}>
        {t.another}
      </button>
    </main>
  );
};
