import { h } from 'preact';
import { t } from '../locales';
import { isOpen } from '../models/form';
import type { Portal } from '../models/portal';
import { arcs, CHECK, icon, level } from './icons';
import { alertOf, button, deviceName, fact, facts, networkName } from './parts';

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

const runningView = (portal: Portal) => {
  const name = underTest(portal);
  const step = stepOf(portal);
  const isEnding = portal.cancelling.value;
  return (
    <main key="running" class="center">
      {arcs(3, 'hero waves')}
      <h1>{t.connecting}</h1>
      <b>{name && networkName(name)}</b>
      <ol class="card">
        {t.steps.map((_, index) => (
          <li
            key={index}
            class={`row step ${index > step ? 'ahead' : index === step ? 'now' : ''}`}
            aria-current={index === step && 'step'}
          >
            {index < step ? icon(CHECK) : <i />}
            {stepName(portal, index)}
          </li>
        ))}
      </ol>
      <p>{t.patience}</p>
      {button(isEnding ? t.cancelling : t.cancel, portal.cancel, { 'aria-disabled': isEnding })}
    </main>
  );
};

/** A connection test, as it runs and when it has worked. */
export const testView = (portal: Portal) => {
  const report = portal.report.value;
  if (portal.requested.value || report.state !== 'connected') return runningView(portal);
  const isEnding = portal.finishing.value;
  const problem = report.save_error;
  return (
    <main key="test" class="center">
      {icon(CHECK, 'hero badge')}
      <h1>{t.connected}</h1>
      {alertOf(portal)}
      {report.saved ? (
        <p>{t.works(deviceName(portal))}</p>
      ) : (
        <p class="alert">
          {t.notSaved} {problem && problem.code === 'storage_full' && t.storageFull}
        </p>
      )}
      {facts(
        portal,
        report.rssi !== undefined &&
          fact(t.strength, t.signal[level(report.rssi)], ' ', arcs(level(report.rssi))),
      )}
      {button(isEnding ? t.finishing : t.finish, portal.complete, {
        class: 'primary',
        'aria-disabled': isEnding,
      })}
      {button(t.another, () => portal.go('list'))}
    </main>
  );
};
