import { h } from 'preact';
import { display } from '../api/ssid';
import { t } from '../locales';
import { isRunning, type Portal } from '../models/portal';
import { Done } from './done';
import { Form } from './form';
import { List } from './list';
import { explain } from './parts';
import { Saved } from './saved';
import { stepName, stepOf, Test } from './test';

const VIEWS = { list: List, form: Form, test: Test, saved: Saved, done: Done };

/** What a screen reader is told as it happens. */
const news = (portal: Portal): string => {
  const { view, failure, report, requested, saved, scan } = portal;
  if (failure.value) return explain(failure.value).join('. ');
  if (view.value === 'test')
    return requested.value || isRunning(report.value)
      ? stepName(portal, stepOf(portal))
      : t.connected;
  if (view.value === 'list')
    return scan.scanning.value
      ? t.scanning
      : scan.failed.value
        ? t.scanFailed
        : t.found((scan.networks.value || []).length);
  const gone = saved.gone.value;
  return view.value === 'saved' && gone ? t.gone(display(gone)) : '';
};

/** The page. */
export const App = (props: { portal: Portal }) => {
  const { portal } = props;
  const view = portal.view.value;
  const device = portal.device.value;
  const Current = VIEWS[view];
  const isLost = portal.lost() && view !== 'done';
  return (
    <div class="page">
      <header>
        {(view === 'form' || view === 'saved') && (
          <button type="button" class="text" onClick={() => portal.go('list')}>
            <i class="more less" />
            {t.back}
          </button>
        )}
        <b>{device ? device.name : t.setUp}</b>
      </header>
      <div role="status" class="banner">
        {isLost && (
          <p>
            <b>{t.lost(device ? device.name : t.theDevice)}</b>
            {device ? t.rejoin(device.ap_ssid) : t.rejoinAny}
          </p>
        )}
      </div>
      <Current portal={portal} />
      <p class="hidden" role="status">
        {news(portal)}
      </p>
    </div>
  );
};
