import { computed, signal } from '@preact/signals';
import { type Api, isBusy, Refused, refusal } from '../api/client';
import { key, nameOf, type Ssid } from '../api/ssid';
import type { ConnectReport, Credentials, Device, FirstState, Network, Status } from '../api/types';
import { t } from '../locales';
import { createForm } from './form';
import { createLanguages } from './languages';
import { createLink } from './link';
import { createSaved } from './saved';
import { createScan } from './scan';

export type View = 'list' | 'form' | 'test' | 'saved' | 'done';

/** What is on the screen: a view, of which the connection test has two. */
export type Screen = 'list' | 'form' | 'connecting' | 'connected' | 'saved' | 'done';

/**
 * How set-up ended: the access point closes; it stays open; or the device went silent on being told
 * to finish, as it does when it closes the access point before its answer is through.
 */
export type Ending = 'closing' | 'open' | 'silent';

/** What went wrong: one of the API's reasons or error codes, or 'restarted'; `raw` is the driver's code. */
export interface Failure {
  readonly code: string;
  readonly raw?: number;
}

const TEST_POLL_MS = 500;
const SCAN_POLL_MS = 1000;
const IDLE_POLL_MS = 5000;
/** 0.5 + 1 + 2 + 4 s and as many time-outs: a phone that can come back has come back by then. */
const SILENT_AFTER_TRIES = 5;

export const isRunning = (
  report: ConnectReport,
): report is Exclude<ConnectReport, { state: 'idle' | 'connected' | 'failed' }> =>
  report.state === 'connecting' || report.state === 'obtaining_ip';

/**
 * The whole page: which screen shows, and what its buttons do. Signals that change in one task are drawn together,
 * behind it.
 */
export function createPortal(
  api: Api,
  /** What the device wrote into the page. */
  first?: FirstState,
  /** Set-up has ended just now. */
  onEnd: () => void = () => {},
) {
  const device = signal<Device>({ name: t.theDevice, mac: '' });
  const view = signal<View>('list');
  const failure = signal<Failure>();
  /** The newest test as the device told it. */
  const report = signal<ConnectReport>({ id: 0, state: 'idle' });
  /** The network of a test that the device has yet to confirm. */
  const pending = signal<Ssid>();
  const cancelling = signal(false);
  const finishing = signal(false);
  /** The saved network that the device tries to reach by itself. */
  const lookingFor = signal<Ssid>();
  const ending = signal<Ending>('closing');
  const screen = computed<Screen>(() =>
    view.value !== 'test'
      ? view.value
      : pending.value || report.value.state !== 'connected'
        ? 'connecting'
        : 'connected',
  );

  /** The device has told nothing yet. */
  let isNew = !first;
  /** The owner goes on although set-up has ended. */
  let isResumed = false;

  const link = createLink(poll);
  const scan = createScan(api, link);
  const form = createForm();
  const saved = createSaved(api, link, (problem) => {
    failure.value = problem ? { code: problem } : undefined;
    scan.invalidate();
  });

  function show(to: View, why?: Failure) {
    if (to === 'list') scan.showRows();
    view.value = to;
    failure.value = why;
    saved.confirming.value = '';
    saved.deleted.value = undefined;
  }

  /** Asks for what a network needs, again if there was a failure: what was typed is kept. */
  function openForm(name: Ssid, why?: Failure) {
    if (key(form.target()) !== key(name)) {
      const isSaved = saved.has(name);
      const listed = scan.find(name);
      if (listed || isSaved || !name.ssid) {
        form.open({ ...name, security: listed ? listed.security : 'unknown', saved: isSaved });
      } else {
        form.open();
        form.typedName.value = name.ssid;
      }
    }
    if (why && why.code === 'wrong_password') form.secret.value = 'typed';
    form.isSubmitted.value = false;
    show('form', why);
  }

  /** Takes the device's report on the test, and shows what it changes. */
  function receiveReport(next: ConnectReport) {
    const last = report.value;
    report.value = next;
    const isNew = next.id !== last.id;
    if (isRunning(next)) {
      if ((isNew || !isRunning(last)) && !cancelling.value) show('test');
      return;
    }
    cancelling.value = false;
    if (isNew || next.state !== last.state) {
      if (next.state === 'connected') {
        show('test');
        form.dropPasswords();
        scan.invalidate();
        saved.load();
      } else if (next.state === 'failed') {
        if (next.reason !== 'cancelled')
          openForm(next, { code: next.reason, raw: next.raw_reason });
      } else if (isRunning(last)) {
        openForm(last, { code: 'restarted' });
      }
    }
    // Nothing is left to show: cancelled, or forgotten in another window.
    if (view.value === 'test' && !pending.value && next.state !== 'connected') {
      if (next.state === 'idle') show('list');
      else openForm(next);
    }
  }

  async function poll() {
    if (isRunning(report.value) && !link.isOffline.value) {
      receiveReport(await api.connectReport());
    } else {
      const status = await api.status();
      const isFirst = isNew;
      if (receiveStatus(status)) return 0;
      // Before the list, which may get lost.
      if (isFirst) saved.load();
      isNew = false;
      if (isFirst || !isRunning(status.connect)) await scan.update(status.scan.scanning);
      receiveReport(status.connect);
    }
    return pause();
  }

  /** Takes what a status says of the device. True if set-up has ended, which is what shows then. */
  function receiveStatus(status: Status): boolean {
    device.value = status.device;
    lookingFor.value = status.looking_for;
    saved.mayDeleteAll.value = !!status.may_forget_all;
    if (!status.completed || isResumed) return false;
    report.value = status.connect;
    finish(endingOf(status));
    return true;
  }

  /** How long there is likely to be no news. */
  const pause = () =>
    isRunning(report.value) ? TEST_POLL_MS : scan.scanning.value ? SCAN_POLL_MS : IDLE_POLL_MS;

  /** Tests a network. */
  function connect(name: Ssid, how: Credentials) {
    const before = report.value.id;
    // A copy, to tell this request from a later one for the same network.
    const mine = nameOf(name);
    const isMine = () => pending.value === mine;
    let sent = false;
    pending.value = mine;
    cancelling.value = false;
    show('test');
    link.do(async () => {
      if (!isMine()) {
        if (sent) await stop();
        return;
      }
      // An answer was lost: the call may have come through all the same.
      const found = sent ? await api.connectReport() : undefined;
      let now: ConnectReport | undefined =
        found && found.id !== before && found.state !== 'idle' ? found : undefined;
      let code: string | undefined;
      if (!now) {
        sent = true;
        code = await refusal(
          api.connect({ ...mine, ...how }).then(({ id }) => {
            now = { ...mine, id, state: 'connecting' };
          }),
        );
        // Another window was faster, and its test is what this one shows.
        if (code === 'busy') now = await api.connectReport();
      }
      if (!isMine()) {
        if (!code) await stop();
        return;
      }
      pending.value = undefined;
      if (now) receiveReport(now);
      if (code && !(now && isRunning(now))) openForm(name, { code });
    });
  }

  /** Tells the device to end its test. */
  async function stop() {
    cancelling.value = true;
    await refusal(api.cancel());
    receiveReport(await api.connectReport());
  }

  /** Gives up the test and goes back to its form: at once if the device has yet to confirm it. */
  function cancel() {
    const name = pending.value;
    if (name) {
      pending.value = undefined;
      openForm(name);
    } else if (!cancelling.value) {
      cancelling.value = true;
      link.do(stop);
    }
  }

  /** Keeps the network of a test that failed for want of an address. */
  function keep() {
    link.do(async () => {
      const code = await refusal(api.keep());
      if (code) failure.value = { code };
      else receiveReport(await api.connectReport());
    });
  }

  const endingOf = ({ ap_shutdown }: { readonly ap_shutdown?: boolean }): Ending =>
    ap_shutdown === false ? 'open' : 'closing';

  function finish(how: Ending, isNew?: boolean) {
    link.stop();
    ending.value = how;
    finishing.value = false;
    show('done');
    if (isNew) onEnd();
  }

  /** Ends set-up. */
  function complete() {
    if (finishing.value) return;
    finishing.value = true;
    let tries = 0;
    link.do(async () => {
      try {
        const status = tries++ ? await api.status() : undefined;
        finish(endingOf(status?.completed ? status : await api.complete()), true);
      } catch (error) {
        if (isBusy(error)) {
          tries = 1;
          throw error;
        } else if (error instanceof Refused) {
          finishing.value = false;
          failure.value = { code: error.code };
        } else if (tries < SILENT_AFTER_TRIES) {
          throw error;
        } else {
          finish('silent');
        }
      }
    });
  }

  if (first) {
    saved.networks.value = first.networks.networks;
    scan.receive(first.scan);
    if (!receiveStatus(first.status)) receiveReport(first.status.connect);
  }

  return {
    device,
    languages: createLanguages(first?.languages),
    view,
    screen,
    failure,
    report,
    pending,
    cancelling,
    finishing,
    ending,
    lookingFor,
    isOffline: link.isOffline,
    scan,
    form,
    saved,
    pollNow: link.pollNow,
    show,
    connect,
    cancel,
    keep,
    complete,

    /** Begins to ask the device for news. Ends when there is enough to draw. */
    async start() {
      if (view.value !== 'done') await link.start(first && pause());
    },
    /** The browser shows a page again that it had put away: an end may be one no more. */
    async refresh() {
      if (view.value !== 'done') return link.pollNow();
      try {
        const { completed } = await api.status();
        if (completed) return;
        show('list');
        link.start();
      } catch {}
    },
    /** What the browser's Back means here: to the list, except from the end. */
    back() {
      if (view.value === 'test' && (pending.value || isRunning(report.value))) cancel();
      else if (view.value !== 'done') show('list');
    },
    /** Opens the form of a row of the list, or of a network that is not in it. */
    select(network?: Network) {
      form.open(network);
      show('form');
    },
    /** Opens the form of the network that was meant, with the password that was typed. */
    retype(network: Network) {
      const typed = form.password.value;
      form.open(network);
      if (form.secret.value === 'typed') form.typePassword(typed);
      show('form');
    },
    /** Goes on after the end: the device stayed in set-up, or may have. */
    resume() {
      isResumed = ending.value === 'open';
      show(isResumed ? 'list' : 'test');
      link.start();
    },
    submit() {
      const how = form.submit();
      if (how) connect(form.target(), how);
      return !!how;
    },
  };
}

export type Portal = ReturnType<typeof createPortal>;
