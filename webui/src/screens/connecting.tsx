import { isOpen } from '../api/security';
import { Button } from '../components/button';
import { Icon } from '../components/icon';
import { CHECK, WAVES } from '../components/paths';
import { Title } from '../components/title';
import { Name } from '../components/views';
import { t } from '../locales';
import type { Portal } from '../models/portal';

/** A router that has just started takes this long and longer to give an address. */
const PATIENCE_MS = 12_000;

/** The network under test, once there is one. */
const underTest = ({ pending, report }: Portal) =>
  pending.value || (report.value.state === 'idle' ? undefined : report.value);

/** Which of the three steps a running test is in. */
export const stepOf = ({ pending, report }: Portal): number => {
  const { value } = report;
  if (pending.value || value.state === 'idle') return 0;
  if (value.state !== 'connecting') return 2;
  return value.phase === 'authenticating' ? 1 : 0;
};

/** A step in the words that fit the network. */
export const stepName = (portal: Portal, step: number): string => {
  const report = portal.report.value;
  if (step > 1)
    return report.state === 'obtaining_ip' && (report.elapsed_ms || 0) > PATIENCE_MS
      ? t.stillWaiting
      : t.obtainingIp;
  if (!step) return portal.pending.value ? t.waiting : t.finding;
  const name = underTest(portal);
  const network = name && portal.scan.find(name);
  return network && isOpen(network.security) ? t.joining : t.authenticating;
};

/** A connection test, as it runs. */
export function ConnectingScreen({ portal }: { portal: Portal }) {
  const name = underTest(portal);
  const step = stepOf(portal);
  const isCancelling = portal.cancelling.value;
  return (
    <>
      <Icon path={WAVES} class="hero waves" />
      <Title portal={portal} text={t.connecting} />
      <b>{name && <Name of={name} />}</b>
      <ol class="card">
        {[0, 1, 2].map((index) => (
          <li
            key={index}
            class={`row step ${index > step ? 'ahead' : ''}`}
            aria-current={index === step && 'step'}
          >
            {index < step ? <Icon path={CHECK} /> : <i />}
            {stepName(portal, index)}
          </li>
        ))}
      </ol>
      <p>{t.patience}</p>
      <Button aria-disabled={isCancelling} onClick={portal.cancel}>
        {isCancelling ? t.cancelling : t.cancel}
      </Button>
    </>
  );
}
