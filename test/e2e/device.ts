import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test as base, expect, type Page, type TestInfo } from '@playwright/test';

export { expect };

const root = join(import.meta.dirname, '../..');
const program =
  process.env.SIMULATOR ||
  ['out/host/sim/esp-prov-sim', 'out/host/esp-prov-sim']
    .map((path) => join(root, path))
    .find((path) => existsSync(path)) ||
  '';
const isOneForAll = !!process.env.SIMULATOR || !!process.env.BASE_URL;

/** The tag of tests that end set-up: a device that runs elsewhere closes its portal then. */
export const ending = '@ends-set-up';

export interface DeviceOptions {
  /** What is on the air. */
  scenario: string;
  /** How much faster than real the device's time runs, where it can. */
  speed: number;
  /** The example with "Connect at boot" switched on. */
  connectsAtBoot: boolean;
}

type Reply = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;

/** A running device with the page on it. */
export interface Device {
  /** The address that its log tells to open. */
  readonly url: string;
  /** Everything that it has logged. */
  log(): string;
  /** Changes the world around it. */
  control(command: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** Takes its power away and gives it back, perhaps in another world: the flash stays. */
  powerCycle(scenario?: string): Promise<void>;
  /** How many connection tests it has begun. */
  tests(): Promise<number>;
}

/** The control socket of a simulated device. */
class ControlSocket {
  private socket: Socket | undefined;
  private waiting: ((reply: Reply) => void)[] = [];

  constructor(private readonly path: string) {}

  private async dial(): Promise<Socket> {
    if (this.socket) return this.socket;
    const socket = connect(this.path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    createInterface({ input: socket }).on('line', (line) =>
      this.waiting.shift()?.(JSON.parse(line)),
    );
    this.socket = socket;
    return socket;
  }

  async ask(command: Readonly<Record<string, unknown>>): Promise<Reply> {
    const socket = await this.dial();
    const reply = new Promise<Reply>((resolve) => this.waiting.push(resolve));
    socket.write(`${JSON.stringify(command)}\n`);
    const result = await reply;
    expect(result.error).toBeUndefined();
    return result;
  }

  /** Takes the power away and gives it back. */
  async restart(
    options: { readonly fresh?: boolean; readonly scenario?: string | undefined } = {},
  ) {
    const socket = await this.dial();
    const gone = new Promise((resolve) => socket.once('close', resolve));
    await this.ask({ cmd: 'restart', ...options });
    await gone;
    this.close();
  }

  close() {
    this.socket?.destroy();
    this.socket = undefined;
    this.waiting = [];
  }
}

/** A program built for ESP-IDF's `linux` target: it takes its options from the environment. */
const isIdfProgram = program.endsWith('.elf');

class Simulator implements Device {
  url = '';
  private output = '';
  private process: ChildProcess | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), 'e2e-'));
  private readonly socket = new ControlSocket(join(this.folder, 'control.sock'));

  constructor(private readonly options: DeviceOptions) {}

  log() {
    return this.output;
  }

  private launch(port: number, scenario: string) {
    const { speed, connectsAtBoot } = this.options;
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    if (!isIdfProgram)
      return spawn(
        connectsAtBoot ? `${program}-connects` : program,
        [
          ...['--port', String(port), '--state', this.folder],
          ...['--scenario', scenario, '--speed', String(speed)],
        ],
        { stdio },
      );
    const env = {
      ...process.env,
      SIM_STATE: this.folder,
      SIM_SCENARIO: scenario,
      SIM_CONTROL: join(this.folder, 'control.sock'),
    };
    return spawn(program, [], { stdio, env });
  }

  private readAddress(text: string) {
    if (!isIdfProgram) return /Open (http:\/\/\S+)/.exec(text)?.[1];
    // What the device takes for its address is no address of this machine.
    const started = /Provisioning started at http:\/\/[\d.]+(:\d+)?\s/.exec(text);
    return started ? `http://127.0.0.1${started[1] ?? ''}` : undefined;
  }

  async start(port = 0, scenario = this.options.scenario) {
    const begun = this.output.length;
    const child = this.launch(port, scenario);
    this.process = child;
    const ready = new Promise<string>((resolve, reject) => {
      const take = (text: Buffer) => {
        this.output += text;
        const address = this.readAddress(this.output.slice(begun));
        if (address) resolve(address);
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      child.on('error', reject);
      child.on('exit', (code) =>
        reject(new Error(`the simulator ended (${code}): ${this.output}`)),
      );
    });
    this.url = await ready;
  }

  async stop() {
    this.socket.close();
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // FreeRTOS's own port for Linux has no power switch.
    child.kill(isIdfProgram ? 'SIGKILL' : 'SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(late);
  }

  async powerCycle(scenario?: string) {
    await this.stop();
    await this.start(Number(new URL(this.url).port), scenario);
  }

  control(command: Readonly<Record<string, unknown>>) {
    return this.socket.ask(command);
  }

  tests() {
    return countTests(this.url);
  }
}

type Report = { readonly id: number; readonly state: string; readonly reason?: string };

async function call(url: string, method: string, path: string, body?: unknown) {
  const reply = await fetch(new URL(path, url), {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: reply.status, json: await reply.json() };
}

async function countTests(url: string) {
  return ((await call(url, 'GET', '/api/connect')).json as Report).id;
}

/** Whether the device has left: after set-up nobody answers any more. */
export const isClosed = (device: Device) =>
  fetch(new URL('/api/status', device.url), { signal: AbortSignal.timeout(5000) }).then(
    () => false,
    () => true,
  );

/**
 * A device that runs elsewhere, and has a past: what earlier tests left on it is cleared away before
 * each test. With its control socket (SIM_CONTROL) it is restarted with an empty flash instead, and
 * nothing has to be skipped; without, nobody can change its world or give it back its power.
 */
class Elsewhere implements Device {
  private before = 0;
  private readonly socket = process.env.SIM_CONTROL
    ? new ControlSocket(process.env.SIM_CONTROL)
    : undefined;

  constructor(
    readonly url: string,
    private readonly info: TestInfo,
  ) {}

  log() {
    return '';
  }

  async prepare(scenario: string) {
    if (this.socket) {
      await this.socket.restart({ fresh: true, scenario });
      await this.answers();
      return;
    }
    this.info.skip(
      scenario !== 'home',
      'needs another world: name its control socket, SIM_CONTROL',
    );
    if (await this.hasEnded()) {
      const why = `the device at ${this.url} has ended set-up, or does not run: start it again`;
      this.info.skip(this.info.tags.includes(ending), why);
      throw new Error(why);
    }
    await this.clear();
    this.before = await countTests(this.url);
  }

  /** Also true in the seconds between the end of set-up and the closing of the portal. */
  private async hasEnded(): Promise<boolean> {
    const status = await call(this.url, 'GET', '/api/status').catch(() => undefined);
    return status?.json.completed ?? true;
  }

  private async answers() {
    await expect.poll(() => isClosed(this)).toBe(false);
  }

  private async settled(): Promise<Report> {
    let report: Report | undefined;
    await expect
      .poll(async () => {
        report = (await call(this.url, 'GET', '/api/connect')).json as Report;
        return /^(connecting|obtaining_ip)$/.test(report.state);
      })
      .toBe(false);
    return report as Report;
  }

  /** No test runs, none has a result to show, no network is saved, and the list is young. */
  private async clear() {
    await call(this.url, 'DELETE', '/api/connect');
    const report = await this.settled();
    const saved: { ssid?: string; ssid_hex?: string }[] = (
      await call(this.url, 'GET', '/api/networks')
    ).json.networks;
    for (const { ssid, ssid_hex: hex } of saved) {
      const bytes = hex ?? Buffer.from(ssid ?? '').toString('hex');
      const name = bytes.replace(/../g, (byte) => `%${byte}`);
      expect((await call(this.url, 'DELETE', `/api/networks/${name}`)).status).toBe(200);
    }
    if (report.state === 'failed' && report.reason !== 'cancelled') {
      await call(this.url, 'POST', '/api/connect', { ssid: house.name, password: house.password });
      await call(this.url, 'DELETE', '/api/connect');
      expect((await this.settled()).reason).toBe('cancelled');
    }
    await call(this.url, 'POST', '/api/scan');
    await expect
      .poll(async () => (await call(this.url, 'GET', '/api/scan')).json.scanning)
      .toBe(false);
  }

  private switch() {
    this.info.skip(!this.socket, 'needs another world: name its control socket, SIM_CONTROL');
    return this.socket as ControlSocket;
  }

  async control(command: Readonly<Record<string, unknown>>) {
    return this.switch().ask(command);
  }

  async powerCycle(scenario?: string) {
    await this.switch().restart({ scenario });
    await this.answers();
  }

  async tests() {
    return (await countTests(this.url)) - this.before;
  }

  leave() {
    this.socket?.close();
  }
}

export const test = base.extend<DeviceOptions & { device: Device }>({
  scenario: ['home', { option: true }],
  speed: [8, { option: true }],
  connectsAtBoot: [false, { option: true }],

  /** A device of the test's own, with an empty flash, gone with the test. */
  device: async ({ scenario, speed, connectsAtBoot }, use, info) => {
    info.skip(connectsAtBoot && isOneForAll, 'needs another program');
    const elsewhere = process.env.BASE_URL;
    if (elsewhere) {
      const device = new Elsewhere(elsewhere, info);
      await device.prepare(scenario);
      await use(device);
      device.leave();
      return;
    }
    if (!program) throw new Error('no simulator: cmake -S host -B out/host && ninja -C out/host');
    const simulator = new Simulator({ scenario, speed, connectsAtBoot });
    await simulator.start();
    try {
      await use(simulator);
    } finally {
      await simulator.stop();
      if (info.status !== info.expectedStatus)
        await info.attach('device.log', { body: simulator.log(), contentType: 'text/plain' });
      rmSync(simulator.folder, { recursive: true, force: true });
    }
  },

  /** A page that fails the test if it does what the page on the device must never do. */
  page: async ({ page }, use) => {
    const offences: string[] = [];
    page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      offences.push(`dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on('popup', () => offences.push('a new window'));
    page.on('websocket', () => offences.push('a WebSocket'));
    page.on('console', (message) => {
      // Calls that get no answer, or a refusal, are noted by the browser itself.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        offences.push(`console: ${message.text()}`);
    });
    await use(page);
    expect(offences).toEqual([]);
  },
});

export const house = { name: 'HouseOfBoo', password: 'boo-boo-boo' };

const whole = (text: string) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** The row of a network in the list: a string is its whole name. */
export const row = (page: Page, name: string | RegExp) =>
  page
    .getByRole('listitem')
    .filter(
      typeof name === 'string'
        ? { has: page.locator('bdi', { hasText: whole(name) }) }
        : { hasText: name },
    )
    .getByRole('button');

export const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name });

/** What went wrong, as the page shows it. */
export const alert = (page: Page, text: string | RegExp) =>
  page.locator('.alert').filter({ hasText: text });

/** Opens the page and waits for the list. */
export async function openList(page: Page, device: Device) {
  await page.goto(device.url);
  await expect(row(page, /Other network/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Scan again' })).toBeEnabled();
}

/** From the list: chooses a network and starts its test. */
export async function joinNetwork(page: Page, name: string, password?: string) {
  await row(page, name).first().click();
  await expect(heading(page, name)).toBeVisible();
  if (password !== undefined) await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: /^(Connect|Try again)$/ }).click();
}

/** From nothing to connected. */
export async function connectTo(page: Page, device: Device, network = house) {
  await openList(page, device);
  await joinNetwork(page, network.name, network.password);
  await expect(heading(page, 'Connected')).toBeVisible();
}
