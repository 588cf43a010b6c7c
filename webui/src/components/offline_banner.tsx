import { t } from '../locales';
import type { Portal } from '../models/portal';
import { apName, Sentence } from './sentence';

/** Says that the device does not answer, and how to come back to it. */
export function OfflineBanner({ portal }: { portal: Portal }) {
  const ap = apName(portal.device.value);
  return (
    <div role="status" class="banner">
      {portal.isOffline.value && portal.view.value !== 'done' && (
        <p>
          <b>
            <Sentence text={t.offline} name={portal.device.value.name} />
          </b>
          {ap && <Sentence text={t.rejoin} name={ap} />}
        </p>
      )}
    </div>
  );
}
