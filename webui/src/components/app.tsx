import { h, type VNode } from 'preact';
import { display } from '../api/ssid';
import { t } from '../locales';
import { isRunning, type Portal, type View } from '../models/portal';
import { doneView } from './done';
import { formView } from './form';
import { BACK, icon } from './icons';
import { listView } from './list';
import { apName, button, deviceName, explain } from './parts';
import { savedView } from './saved';
import { stepName, stepOf, testView } from './test';

const VIEWS: Readonly<Record<View, (portal: Portal) => VNode>> = {
  list: listView,
  form: formView,
  test: testView,
  saved: savedView,
  done: doneView,
};

/** What a screen reader is told as it happens. */
const news = (portal: Portal): string => {
  const { view, failure, report, requested, saved, scan } = portal;
  const gone = saved.gone.value;
  return failure.value
    ? explain(failure.value).join('. ')
    : view.value === 'test'
      ? requested.value || isRunning(report.value)
        ? stepName(portal, stepOf(portal))
        : t.connected
      : view.value === 'list'
        ? scan.scanning.value
          ? t.scanning
          : scan.failed.value
            ? t.scanFailed
            : t.found((scan.networks.value || []).length)
        : gone
          ? t.gone(display(gone))
          : '';
};

/** The page. */
export const app = (portal: Portal) => {
  const view = portal.view.value;
  const device = portal.device.value;
  const title = device ? device.name : t.setUp;
  return (
    <div>
      <header>
        {(view === 'form' || view === 'saved') && button([icon(BACK), t.back], portal.back)}
        <b key={title}>{title}</b>
      </header>
      {VIEWS[view](portal)}
      <div role="status" class="banner">
        {portal.lost() && view !== 'done' && (
          <p>
            <b>{t.lost(deviceName(portal))}</b>
            {t.rejoin(apName(portal))}
          </p>
        )}
      </div>
      <p role="status" class="hidden">
        {news(portal)}
      </p>
    </div>
  );
};
