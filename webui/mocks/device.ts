import completed from '../../test/fixtures/complete.json';
import notConnected from '../../test/fixtures/complete-not-connected.json';
import connected from '../../test/fixtures/connect-connected.json';
import idle from '../../test/fixtures/connect-idle.json';
import connectStartBusy from '../../test/fixtures/connect-start-busy.json';
import unknownNetwork from '../../test/fixtures/connect-start-unknown-network.json';
import notFound from '../../test/fixtures/error-not-found.json';
import saved from '../../test/fixtures/networks.json';
import scan from '../../test/fixtures/scan.json';
import status from '../../test/fixtures/status.json';
import { key, type Ssid } from '../src/api/ssid';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Asked {
  readonly ssid?: string;
  readonly ssid_hex?: string;
  readonly password?: string;
  readonly saved?: boolean;
}

interface Running {
  readonly id: number;
  readonly asked: Asked;
  readonly startedAt: number;
  cancelledAt?: number;
}

const SCAN_MS = 2500;
/** When a test enters each of its phases, and ends. */
const AUTHENTICATING_MS = 900;
const OBTAINING_MS = 2100;
const CONNECTED_MS = 3100;
const WRONG_PASSWORD_MS = 3400;
const NOT_FOUND_MS = 2800;

const nameOf = (from: { ssid?: string; ssid_hex?: string }) =>
  from.ssid_hex === undefined ? { ssid: from.ssid } : { ssid_hex: from.ssid_hex };

const same = (a: Asked, b: Asked) => a.ssid === b.ssid && a.ssid_hex === b.ssid_hex;

/**
 * A device that lives in the browser: it scans, tests and saves in the device's time, and answers
 * in the words of the fixtures. The password of HouseOfBoo is `boo-boo-boo`; every other network
 * takes any password, and a hidden `attic` takes `cobwebs-1`.
 */
export class SimulatedDevice {
  private scanStartedAt: number;
  private running: Running | undefined;
  private ids = 0;
  private completed = false;
  private saved: Asked[] = saved.response.body.networks;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.scanStartedAt = now();
  }

  answer(method: string, path: string, body: Asked | undefined): Answer {
    const call = `${method} ${path}`;
    if (call === 'GET /api/status') return this.status();
    if (call === 'GET /api/scan') return this.scan();
    if (call === 'GET /api/connect') return { status: 200, body: this.report() };
    if (call === 'GET /api/networks')
      return { status: 200, body: { networks: this.saved.map((network) => ({ ...network })) } };
    if (call === 'POST /api/scan') {
      if (!this.isScanning()) this.scanStartedAt = this.now();
      return { status: 202, body: {} };
    }
    if (call === 'POST /api/connect' && body) return this.connect(body);
    if (call === 'DELETE /api/connect') {
      if (this.running && this.report().state !== 'connected') {
        this.running.cancelledAt ??= this.now();
      }
      return { status: 202, body: {} };
    }
    if (call === 'POST /api/complete') {
      if (this.report().state !== 'connected') return notConnected.response;
      this.completed = true;
      return completed.response;
    }
    if (call === 'DELETE /api/networks') {
      this.saved = [];
      return { status: 200, body: {} };
    }
    if (method === 'DELETE' && path.startsWith('/api/networks?ssid_hex=')) {
      return this.forget(path.slice('/api/networks?ssid_hex='.length));
    }
    return notFound.response;
  }

  private isScanning() {
    return this.now() - this.scanStartedAt < SCAN_MS;
  }

  private isSaved(network: Asked) {
    return this.saved.some((other) => same(nameOf(other), nameOf(network)));
  }

  private status(): Answer {
    return {
      status: 200,
      body: {
        ...status.response.body,
        provisioned: this.saved.length > 0,
        completed: this.completed,
        scan: { scanning: this.isScanning() },
        connect: this.report(),
        may_forget_all: true,
      },
    };
  }

  private scan(): Answer {
    const first = this.isScanning() && this.scanStartedAt < SCAN_MS;
    return {
      status: 200,
      body: {
        scanning: this.isScanning(),
        age_ms: first ? null : Math.round(this.now() - this.scanStartedAt),
        networks: first
          ? []
          : scan.response.body.networks.map((row) => ({ ...row, saved: this.isSaved(row) })),
      },
    };
  }

  private connect(asked: Asked): Answer {
    const state = this.report().state;
    if (state === 'connecting' || state === 'obtaining_ip') return connectStartBusy.response;
    if (asked.saved && !this.isSaved(asked)) return unknownNetwork.response;
    this.running = { id: ++this.ids, asked, startedAt: this.now() };
    return { status: 202, body: { id: this.ids } };
  }

  private report(): { state: string; [field: string]: unknown } {
    if (!this.running) return idle.response.body;
    const { id, asked, startedAt, cancelledAt } = this.running;
    const elapsed_ms = Math.round((cancelledAt ?? this.now()) - startedAt);
    const base = { id, ...nameOf(asked), elapsed_ms };
    if (cancelledAt) return { ...base, state: 'failed', reason: 'cancelled' };
    const isListed = scan.response.body.networks.some((row) => same(nameOf(row), nameOf(asked)));
    const isWrong =
      !asked.saved &&
      ((asked.ssid === 'HouseOfBoo' && asked.password !== 'boo-boo-boo') ||
        (asked.ssid === 'attic' && asked.password !== 'cobwebs-1'));
    if (!isListed && asked.ssid !== 'attic' && elapsed_ms >= NOT_FOUND_MS)
      return { ...base, state: 'failed', reason: 'not_found', raw_reason: 201 };
    if (elapsed_ms < AUTHENTICATING_MS || (!isListed && asked.ssid !== 'attic'))
      return { ...base, state: 'connecting', phase: 'finding' };
    if (isWrong && elapsed_ms >= WRONG_PASSWORD_MS)
      return { ...base, state: 'failed', reason: 'wrong_password', raw_reason: 15 };
    if (elapsed_ms < OBTAINING_MS || isWrong)
      return { ...base, state: 'connecting', phase: 'authenticating' };
    if (elapsed_ms < CONNECTED_MS) return { ...base, state: 'obtaining_ip' };
    if (!this.isSaved(asked)) this.saved = [nameOf(asked), ...this.saved];
    return { ...connected.response.body, ...base };
  }

  private forget(bytes: string): Answer {
    const kept = this.saved.filter((network) => key(network as Ssid) !== bytes);
    if (kept.length === this.saved.length) return unknownNetwork.response;
    this.saved = kept;
    return { status: 200, body: {} };
  }
}
