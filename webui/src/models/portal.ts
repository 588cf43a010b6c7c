import { batch, signal } from '@preact/signals-core';
import { type Api, Refused, refusal } from '../api/client';
import { key, nameOf, type Ssid } from '../api/ssid';
import type { ConnectReport, Credentials, Device, Network } from '../api/types';
import { createForm } from './form';
import { createLink } from './link';
import { createSaved } from './saved';
import { createScan } from './scan';

export type View = 'list' | 'form' | 'test' | 'saved' | 'done';

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

export const isRunning = (report: ConnectReport): boolean =>
  report.state === 'connecting' || report.state === 'obtaining_ip';

/** The whole page: which view shows, and what its buttons do. */
export function createPortal(
  api: Api,
  /** What this window has kept of an end that it showed before a reload. */
  kept?: string,
  /** Set-up has ended just now. */
  onEnd: (ending: Ending) => void = () => {},
) {
  const device = signal<Device>();
  const view = signal<View>('list');
  const failure = signal<Failure>();
  /** The newest test as the device told it. */
  const report = signal<ConnectReport>({ id: 0, state: 'idle' });
  /** The network of a test that the device has yet to confirm. */
  const requested = signal<Ssid>();
  const cancelling = signal(false);
  const finishing = signal(false);
  const ending = signal<Ending>('closing');

  /** The owner goes on although set-up has ended. */
  let reopened = false;

  const link = createLink(poll);
  const scan = createScan(api, link);
  const form = createForm();
  const saved = createSaved(api, link, (problem) => {
    failure.value = problem ? { code: problem } : undefined;
    scan.touch();
  });

  function go(to: View, why?: Failure) {
    batch(() => {
      if (to === 'list') scan.unroll();
      view.value = to;
      failure.value = why;
      saved.asking.value = '';
      saved.gone.value = undefined;
    });
  }

  /** Asks for what a network needs, again if there was a failure: what was typed is kept. */
  function openForm(name: Ssid, why?: Failure) {
    batch(() => {
      if (key(form.target()) !== key(name)) {
        const isSaved = saved.has(name);
        const listed = scan.find(name);
        if (listed || isSaved || !name.ssid) {
          form.open({ ...name, security: listed ? listed.security : 'unknown', saved: isSaved });
        } else {
          form.open();
          form.typed.value = name.ssid;
        }
      }
      if (why && why.code === 'wrong_password') form.useSaved.value = false;
      form.tried.value = false;
      go('form', why);
    });
  }

  /** Takes the device's word on the test, and shows what it changes. */
  function adopt(next: ConnectReport) {
    const last = report.value;
    batch(() => {
      report.value = next;
      const isNew = next.id !== last.id;
      if (isRunning(next)) {
        if ((isNew || !isRunning(last)) && !cancelling.value) go('test');
        return;
      }
      cancelling.value = false;
      if (isNew || next.state !== last.state) {
        if (next.state === 'connected') {
          go('test');
          scan.touch();
          saved.load();
        } else if (next.state === 'failed') {
          if (next.reason !== 'cancelled')
            openForm(next, { code: next.reason, raw: next.raw_reason });
        } else if (isRunning(last) && last.state !== 'idle') {
          openForm(last, { code: 'restarted' });
        }
      }
      // Nothing is left to show: cancelled, or forgotten in another window.
      if (view.value === 'test' && !requested.value && next.state !== 'connected') {
        if (next.state === 'idle') go('list');
        else openForm(next);
      }
    });
  }

  async function poll() {
    if (isRunning(report.value) && !link.lost()) {
      adopt(await api.connectReport());
    } else {
      const status = await api.status();
      const isFirst = !device.value;
      device.value = status.device;
      if (status.completed && !reopened) {
        report.value = status.connect;
        finish(kept === 'closing' ? kept : 'open');
        return 0;
      }
      // Before the list, which may get lost.
      if (isFirst) saved.load();
      if (isFirst || !isRunning(status.connect)) await scan.follow(status.scan.scanning);
      adopt(status.connect);
    }
    return isRunning(report.value)
      ? TEST_POLL_MS
      : scan.scanning.value
        ? SCAN_POLL_MS
        : IDLE_POLL_MS;
  }

  /** Tests a network. */
  function connect(name: Ssid, how: Credentials) {
    const before = report.value.id;
    // A copy, to tell this request from a later one for the same network.
    const mine = nameOf(name);
    const isMine = () => requested.value === mine;
    let sent = false;
    requested.value = mine;
    cancelling.value = false;
    go('test');
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
      batch(() => {
        requested.value = undefined;
        if (now) adopt(now);
        if (code && !(now && isRunning(now))) openForm(name, { code });
      });
    });
  }

  /** Tells the device to end its test. */
  async function stop() {
    cancelling.value = true;
    await refusal(api.cancel());
    adopt(await api.connectReport());
  }

  /** Gives up the test and goes back to its form: at once if the device has yet to confirm it. */
  function cancel() {
    const name = requested.value;
    if (name) {
      requested.value = undefined;
      openForm(name);
    } else if (!cancelling.value) {
      cancelling.value = true;
      link.do(stop);
    }
  }

  function finish(how: Ending, isNew?: boolean) {
    link.stop();
    batch(() => {
      ending.value = how;
      finishing.value = false;
      go('done');
    });
    if (isNew) onEnd(how);
  }

  /** Ends set-up. */
  function complete() {
    if (finishing.value) return;
    finishing.value = true;
    let tries = 0;
    link.do(async () => {
      try {
        if (tries++ && (await api.status()).completed) finish('closing', true);
        else finish((await api.complete()).ap_shutdown ? 'closing' : 'open', true);
      } catch (error) {
        if (error instanceof Refused) {
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

  return {
    device,
    view,
    failure,
    report,
    requested,
    cancelling,
    finishing,
    ending,
    lost: link.lost,
    scan,
    form,
    saved,
    start: link.start,
    wake: link.wake,
    go,
    connect,
    cancel,
    complete,

    /** What the browser's Back means here: to the list, except from the end. */
    back() {
      if (view.value === 'test' && (requested.value || isRunning(report.value))) cancel();
      else if (view.value !== 'done') go('list');
    },
    /** Goes on with a row of the list, or with a network that is not in it. */
    choose(network?: Network) {
      batch(() => {
        form.open(network);
        go('form');
      });
    },
    /** Goes on after the end: the device stayed in set-up, or may have. */
    reopen() {
      reopened = ending.value === 'open';
      go(reopened ? 'list' : 'test');
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
