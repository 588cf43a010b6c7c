import { h } from 'preact';
import { t } from '../locales';
import type { Failure, Portal } from '../models/portal';

/** What happened, and what to do next. */
export const explain = (failure: Failure): readonly [string, string] =>
  t.failures[failure.code] ||
  t.failed(failure.raw === undefined ? failure.code : String(failure.raw));

/** The failure of what was tried last, if it failed. */
export const Alert = (props: { portal: Portal }) => {
  const failure = props.portal.failure.value;
  return failure ? (
    <p class="alert">
      <b>{explain(failure)[0]}</b>
      {explain(failure)[1]}
    </p>
  ) : null;
};
