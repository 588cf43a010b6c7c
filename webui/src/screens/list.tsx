import { FailureAlert } from '../components/failure';
import { useTitle } from '../components/title';
import { linkRow, list, Name } from '../components/views';
import { useKeptFocus } from '../focus';
import { t } from '../locales';
import type { Portal } from '../models/portal';

/** The networks around the device: first/views.ts, since they are drawn without the application first. */
export function ListScreen({ portal }: { portal: Portal }) {
  const tested = portal.report.value;
  useKeptFocus();
  useTitle(portal, t.choose);
  return list(portal, [
    <FailureAlert key="failure" portal={portal} />,
    tested.state === 'connected' &&
      linkRow(
        'card',
        () => portal.show('test'),
        <span class="grow">
          <Name of={tested} />
          <small class="marked">{t.ready}</small>
        </span>,
      ),
  ]);
}
