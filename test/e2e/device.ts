import { type ChildProcess, spawn } from 'node:child_process';
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
  ['build/host/sim/esp-prov-sim', 'build/host/esp-prov-sim']
    .map((path) => join(root, path))
    .find((path) => existsSync(path)) ||
  '';

export interface DeviceOptions {
  /** What is on the air. */
  scenario: string;
  /** How much faster than real the device's time runs. */
  speed: number;
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
  /** Takes its power away and gives it back: the flash stays. */
  powerCycle(): Promise<void>;
}

class Simulator implements Device {
  url = '';
  private output = '';
  private process: ChildProcess | undefined;
  private socket: Socket | undefined;
  private waiting: ((reply: Reply) => void)[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'e2e-'));

  constructor(private readonly options: DeviceOptions) {}

  log() {
    return this.output;
  }

  async start(port = 0) {
    const begun = this.output.length;
    const child = spawn(
      program,
      [
        ...['--port', String(port), '--state', this.folder],
        ...['--scenario', this.options.scenario, '--speed', String(this.options.speed)],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.process = child;
    const ready = new Promise<string>((resolve, reject) => {
      const take = (text: Buffer) => {
        this.output += text;
        const address = /Open (http:\/\/\S+)/.exec(this.output.slice(begun));
        if (address?.[1]) resolve(address[1]);
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
    this.socket?.destroy();
    this.socket = undefined;
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(late);
  }

  async powerCycle() {
    await this.stop();
    await this.start(Number(new URL(this.url).port));
  }

  private async dial(): Promise<Socket> {
    if (this.socket) return this.socket;
    const socket = connect(join(this.folder, 'control.sock'));
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

  async control(command: Readonly<Record<string, unknown>>): Promise<Reply> {
    const socket = await this.dial();
    const reply = new Promise<Reply>((resolve) => this.waiting.push(resolve));
    socket.write(`${JSON.stringify(command)}\n`);
    const result = await reply;
    expect(result.error).toBeUndefined();
    return result;
  }
}

/** A device that runs elsewhere: nobody can change its world. */
class Elsewhere implements Device {
  constructor(
    readonly url: string,
    private readonly info: TestInfo,
  ) {}
  log() {
    return '';
  }
  private unavailable(): never {
    this.info.skip(true, 'needs the simulator');
    throw new Error('skipped');
  }
  async control() {
    return this.unavailable();
  }
  async powerCycle() {
    return this.unavailable();
  }
}

export const test = base.extend<DeviceOptions & { device: Device }>({
  scenario: ['home', { option: true }],
  speed: [8, { option: true }],

  /** A device of the test's own, with an empty flash, gone with the test. */
  device: async ({ scenario, speed }, use, info) => {
    const elsewhere = process.env.BASE_URL;
    if (elsewhere) {
      info.skip(scenario !== 'home', 'needs the simulator');
      await use(new Elsewhere(elsewhere, info));
      return;
    }
    if (!program)
      throw new Error('no simulator: cmake -S host -B build/host && ninja -C build/host');
    const simulator = new Simulator({ scenario, speed });
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

/** The row of a network in the list. */
export const row = (page: Page, name: string | RegExp) =>
  page.getByRole('listitem').filter({ hasText: name }).getByRole('button');

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
