import { Fragment, h } from 'preact';
import { display } from '../api/ssid';
import { t } from '../locales';
import { isRunning, type Portal } from '../models/portal';
import { Done } from './done';
import { Form } from './form';
import { BACK, Icon } from './icons';
import { List } from './list';
import { apName, deviceName, explain, type ViewProps } from './parts';
import { Saved } from './saved';
import { stepName, stepOf, Test } from './test';

const VIEWS = { list: List, form: Form, test: Test, saved: Saved, done: Done };

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
export const App = ({ portal }: ViewProps) => {
  const view = portal.view.value;
  const device = portal.device.value;
  const title = device ? device.name : t.setUp;
  const Current = VIEWS[view];
  return (
    <Fragment>
      <header>
        {(view === 'form' || view === 'saved') && (
          <button type="button" onClick={portal.back}>
            <Icon d={BACK} />
            {t.back}
          </button>
        )}
        <b key={title}>{title}</b>
      </header>
      <Current portal={portal} />
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
    </Fragment>
  );
};
