import { t } from '../locales';
import type { Portal } from '../models/portal';
import { apName } from './ap_name';
import { sentence } from './views';

/** Says that the device does not answer, and how to come back to it. */
export function OfflineBanner({ portal }: { portal: Portal }) {
  const ap = apName(portal.device.value);
  return (
    <div role="status" class="banner">
      {portal.isOffline.value && portal.view.value !== 'done' && (
        <p>
          <b>{sentence(t.offline, portal.device.value.name)}</b>
          {ap && sentence(t.rejoin, ap)}
        </p>
      )}
    </div>
  );
}
