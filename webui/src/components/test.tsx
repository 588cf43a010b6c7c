import { h } from 'preact';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { Arcs, CHECK, Icon, level } from './icons';
import { Name } from './name';
import { Alert, deviceName, Fact, Facts, type ViewProps } from './parts';

/** The network under test, once there is one. */
const underTest = ({ requested, report }: Portal) =>
  requested.value || (report.value.state === 'idle' ? undefined : report.value);

/** Which of the three steps a running test is in. */
export const stepOf = ({ requested, report }: Portal): number => {
  const { value } = report;
  return requested.value || value.state === 'idle'
    ? 0
    : value.state !== 'connecting'
      ? 2
      : value.phase === 'authenticating'
        ? 1
        : 0;
};

/** A step in the words that fit the network. */
export const stepName = (portal: Portal, step: number): string => {
  const name = underTest(portal);
  const network = step === 1 && name && portal.scan.find(name);
  return !step && portal.requested.value
    ? t.waiting
    : network && isOpen(network.security)
      ? t.joining
      : t.steps[step] || '';
};

const Running = ({ portal }: ViewProps) => {
  const name = underTest(portal);
  const step = stepOf(portal);
  const isEnding = portal.cancelling.value;
  return (
    <main class="center">
      <Arcs lit={3} class="hero waves" />
      <h1>{t.connecting}</h1>
      <b>{name && <Name of={name} />}</b>
      <ol class="card">
        {t.steps.map((_, index) => (
          <li
            key={index}
            class={`row step ${index < step ? 'past' : index > step ? 'ahead' : 'now'}`}
            aria-current={index === step && 'step'}
          >
            {index < step ? <Icon d={CHECK} /> : <i />}
            {stepName(portal, index)}
          </li>
        ))}
      </ol>
      <p>{t.patience}</p>
      <button type="button" aria-disabled={isEnding} onClick={portal.cancel}>
        {isEnding ? t.cancelling : t.cancel}
      </button>
    </main>
  );
};

/** A connection test, as it runs and when it has worked. */
export const Test = ({ portal }: ViewProps) => {
  const report = portal.report.value;
  if (portal.requested.value || report.state !== 'connected') return <Running portal={portal} />;
  const isEnding = portal.finishing.value;
  const problem = report.save_error;
  return (
    <main class="center">
      <Icon d={CHECK} class="hero badge" />
      <h1>{t.connected}</h1>
      <Alert portal={portal} />
      {report.saved ? (
        <p>{t.works(deviceName(portal))}</p>
      ) : (
        <p class="alert">
          {t.notSaved} {problem && problem.code === 'storage_full' && t.storageFull}
        </p>
      )}
      <Facts portal={portal}>
        {report.rssi !== undefined && (
          <Fact name={t.strength}>
            {t.signal[level(report.rssi)]} <Arcs lit={level(report.rssi)} />
          </Fact>
        )}
      </Facts>
      <button type="button" class="primary" aria-disabled={isEnding} onClick={portal.complete}>
        {isEnding ? t.finishing : t.finish}
      </button>
      <button type="button" onClick={() => portal.go('list')}>
        {t.another}
      </button>
    </main>
  );
};
