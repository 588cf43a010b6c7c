import { display } from '../api/ssid';
import { fill, t } from '../locales';
import type { Portal } from '../models/portal';
import { stepName, stepOf } from '../screens/connecting';
import { explain } from './failure';

const news = (portal: Portal): string | undefined => {
  const { screen, failure, saved, scan } = portal;
  const deleted = saved.deleted.value;
  if (failure.value) return explain(failure.value).join('. ');
  switch (screen.value) {
    case 'connecting':
      return stepName(portal, stepOf(portal));
    case 'connected':
      return t.connected;
    case 'list':
      return scan.scanning.value
        ? t.scanning
        : scan.failed.value
          ? t.scanFailedHelp
          : fill(t.found, (scan.networks.value || []).length);
    default:
      return deleted && fill(t.deleted, display(deleted));
  }
};

/** Tells a screen reader what happens, as it happens. */
export function Announcement({ portal }: { portal: Portal }) {
  return (
    <p role="status" class="hidden">
      {news(portal)}
    </p>
  );
}
