import { type Api, Refused } from '../src/api/client';
import { key, nameOf, type Ssid } from '../src/api/ssid';
import type {
  ConnectReport,
  ConnectRequest,
  Device,
  Network,
  ScanReport,
  Status,
} from '../src/api/types';

export const house: Ssid = { ssid: 'HouseOfBoo' };
export const guests: Ssid = { ssid: 'Guests' };
export const raw: Ssid = { ssid_hex: 'ff80c3' };

export const network = (
  name: Ssid,
  more: { rssi?: number; security?: string; saved?: boolean; band?: string } = {},
): Network => ({
  ...name,
  rssi: -48,
  security: 'wpa2',
  saved: false,
  ...more,
});

/**
 * A device behind the page's own API. It does what it is told at once and changes by itself only
 * when a test says so; it can go silent, or do what it is asked and lose the answer.
 */
export class FakeDevice implements Api {
  device: Device = { name: 'Lamp', ap_ssid: 'ESP-Prov-8590', mac: '24:6f:28:aa:85:90' };
  completed = false;
  closesOnComplete = true;
  list: ScanReport = { scanning: false, age_ms: 1000, networks: [network(house)] };
  test: ConnectReport = { id: 0, state: 'idle' };
  kept: Ssid[] = [];
  /** The saved network that it tries to reach by itself. */
  lookingFor: Ssid | undefined;
  mayForgetAll: true | undefined;

  /** Every call, in order, as the name of its method. */
  readonly calls: string[] = [];
  readonly requests: ConnectRequest[] = [];
  /** No call arrives. */
  silent = false;
  /** The next call of this name arrives, and its answer does not. */
  losesAnswerOf = '';
  /** The next call of this name is refused with the code. */
  refuses: { call: string; code: string } | undefined;

  private async answer<T>(call: string, act: () => T): Promise<T> {
    this.calls.push(call);
    if (this.silent) throw new TypeError('no route to the device');
    if (this.refuses && this.refuses.call === call) {
      const { code } = this.refuses;
      this.refuses = undefined;
      throw new Refused(code);
    }
    const result = act();
    if (this.losesAnswerOf === call) {
      this.losesAnswerOf = '';
      throw new TypeError('the answer was lost');
    }
    return result;
  }

  count(call: string) {
    return this.calls.filter((made) => made === call).length;
  }

  private isRunning() {
    return this.test.state === 'connecting' || this.test.state === 'obtaining_ip';
  }

  status = () =>
    this.answer(
      'status',
      (): Status => ({
        device: this.device,
        completed: this.completed,
        ap_shutdown: this.closesOnComplete,
        scan: { scanning: this.list.scanning },
        connect: this.test,
        looking_for: this.lookingFor,
        may_forget_all: this.mayForgetAll,
      }),
    );
  scan = () => this.answer('scan', () => this.list);
  startScan = () =>
    this.answer('startScan', () => {
      if (this.isRunning()) throw new Refused('busy');
      this.list = { ...this.list, scanning: true };
      return {};
    });
  connectReport = () => this.answer('connectReport', () => this.test);
  connect = (request: ConnectRequest) =>
    this.answer('connect', () => {
      if (this.isRunning()) throw new Refused('busy');
      this.requests.push(request);
      const id = this.test.id + 1;
      const { password: _password, saved: _saved, security: _security, ...name } = request;
      this.test = { ...(name as Ssid), id, state: 'connecting', phase: 'finding' };
      return { id };
    });
  keep = () =>
    this.answer('keep', () => {
      const { test } = this;
      if (test.state !== 'failed' || !test.can_keep) throw new Refused('not_connected');
      this.test = { ...nameOf(test), id: test.id, state: 'connected', saved: true };
      return {};
    });
  cancel = () =>
    this.answer('cancel', () => {
      if (this.test.state === 'connecting' || this.test.state === 'obtaining_ip')
        this.fail('cancelled');
      return {};
    });
  saved = () => this.answer('saved', () => ({ networks: this.kept }));
  deleteNetwork = (name?: Ssid) =>
    this.answer('deleteNetwork', () => {
      if (!name) {
        if (!this.mayForgetAll) throw new Refused('not_allowed');
        this.kept = [];
        return {};
      }
      const left = this.kept.filter((other) => key(other) !== key(name));
      if (left.length === this.kept.length) throw new Refused('unknown_network');
      this.kept = left;
      return {};
    });
  complete = () =>
    this.answer('complete', () => {
      if (this.test.state !== 'connected') throw new Refused('not_connected');
      this.completed = true;
      return { ap_shutdown: this.closesOnComplete };
    });

  /** The running test fails. */
  fail(reason: string, raw_reason?: number, can_keep?: boolean) {
    if (this.test.state === 'idle') throw new Error('no test runs');
    this.test = {
      ...nameOf(this.test),
      id: this.test.id,
      state: 'failed',
      reason,
      raw_reason,
      can_keep,
    };
  }

  /** The running test succeeds. */
  succeed(saved = true, saveError?: string) {
    if (this.test.state === 'idle') throw new Error('no test runs');
    const { id } = this.test;
    const name = nameOf(this.test);
    this.test = {
      ...name,
      id,
      state: 'connected',
      ip: '192.168.1.57',
      rssi: -48,
      saved,
      ...(saveError && { save_error: { code: saveError } }),
    };
    if (saved) this.kept = [name, ...this.kept.filter((other) => key(other) !== key(name))];
  }

  /** It loses power and starts again: what was saved stays. */
  restart() {
    this.test = { id: 0, state: 'idle' };
    this.completed = false;
  }

  endScan(networks: readonly Network[], failed = false) {
    this.list = { scanning: false, age_ms: 0, networks, ...(failed && { error: {} }) };
  }
}
