import { fill, t } from '../locales';
import type { Failure, Portal } from '../models/portal';
import { Fact } from './facts';

const FAILURES: Readonly<Record<string, readonly string[]>> = t.failures;

/** What happened, and what to do next. */
export const explain = ({ code, raw }: Failure): readonly string[] =>
  FAILURES[code] || t.failed.map((text) => fill(text, raw === undefined ? code : raw));

/** What went wrong with the last thing that was tried, if it did. */
export function FailureAlert({ portal }: { portal: Portal }) {
  const failure = portal.failure.value;
  const mac = portal.device.value.station_mac;
  if (!failure) return null;
  const [what, next] = explain(failure);
  return (
    <>
      <p class="alert">
        <b>{what}</b>
        {next}
      </p>
      {failure.code === 'refused' && mac && (
        <dl class="card">
          <Fact name={t.mac}>{mac}</Fact>
        </dl>
      )}
    </>
  );
}
