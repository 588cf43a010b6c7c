import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connectToDriver, Marionette } from './webdriver';

export const engines = ['chromium', 'webkit', 'firefox'] as const;
export type Engine = (typeof engines)[number];

export interface Settings {
  /** Pages may keep nothing: cookies are refused, and with them storage. */
  refusesCookies: boolean;
  /** As for an owner who has switched it off. */
  javaScript: boolean;
  /** Preferences of Firefox alone. */
  firefox: Readonly<Record<string, boolean | number | string>>;
}

/** A browser with a profile of its own, gone with the test. */
export interface Launched {
  readonly connection: Connection;
  stop(): Promise<void>;
}

/** A phone's, or the next larger one that the browser's window can have. */
const size = { width: 390, height: 844 };

/** Everything that was started for one purpose, ended and cleared away in the opposite order. */
export class Belongings {
  readonly folder = mkdtempSync(join(tmpdir(), 'engine-'));
  private readonly children: ChildProcess[] = [];

  /**
   * Starts a program; ends in what `ready` makes of its output, as soon as that is something, or in
   * an error if the program does before.
   */
  start<T>(
    program: string,
    args: readonly string[],
    ready: (output: string) => T | undefined,
    env: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    // A process group of its own, so that what it has started ends with it.
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, HOME: this.folder, ...env },
    });
    this.children.push(child);
    return new Promise((resolve, reject) => {
      let output = '';
      for (const stream of [child.stdout, child.stderr, child.stdio[3]]) {
        stream?.on('data', (data) => {
          output += data;
          const result = ready(output);
          if (result !== undefined) resolve(result);
        });
      }
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`${program} ended (${code}): ${output}`)));
    });
  }

  async clear() {
    for (const child of this.children.reverse()) {
      if (child.pid === undefined) continue;
      const ended =
        child.exitCode === null && child.signalCode === null
          ? new Promise((resolve) => child.once('exit', resolve))
          : undefined;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has gone already.
      }
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Tries until it works, for as long as a browser may take to start. */
async function untilItWorks<T>(what: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + 60_000;
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Chromium's number for a content setting that refuses. */
const blocked = 2;

async function chromium(own: Belongings, settings: Settings): Promise<Connection> {
  const port = await own.start('chromedriver', ['--port=0'], (output) =>
    /on port (\d+)\./.exec(output)?.at(1),
  );
  return connectToDriver(`http://127.0.0.1:${port}`, {
    browserName: 'chrome',
    'goog:chromeOptions': {
      binary: process.env.CHROMIUM || '/usr/bin/chromium',
      args: [
        ...['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run'],
        ...['--disable-background-networking', '--force-prefers-reduced-motion'],
        `--user-data-dir=${join(own.folder, 'profile')}`,
      ],
      prefs: {
        profile: {
          default_content_setting_values: {
            ...(settings.refusesCookies && { cookies: blocked }),
            ...(!settings.javaScript && { javascript: blocked }),
          },
        },
      },
    },
  });
}

async function webkit(own: Belongings, settings: Settings): Promise<Connection> {
  const display = await own.start(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    (output) => /^(\d+)$/m.exec(output)?.at(1),
  );
  const port = await freePort();
  const driver = own.start<never>('WebKitWebDriver', [`--port=${port}`], () => undefined, {
    DISPLAY: `:${display}`,
    // Neither a GPU nor user namespaces within user namespaces can be counted on.
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    WEBKIT_DISABLE_DMABUF_RENDERER: '1',
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
    GTK_A11Y: 'none',
    NO_AT_BRIDGE: '1',
    XDG_RUNTIME_DIR: own.folder,
  });
  const connection = untilItWorks(async () => {
    const status = await fetch(`http://127.0.0.1:${port}/status`);
    await status.arrayBuffer();
  }).then(() =>
    connectToDriver(`http://127.0.0.1:${port}`, {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        args: [
          '--automation',
          ...(settings.refusesCookies ? ['--cookies-policy=never'] : []),
          ...(settings.javaScript ? [] : ['--enable-javascript=false']),
        ],
      },
    }),
  );
  return Promise.race([connection, driver]);
}

async function firefox(own: Belongings, settings: Settings): Promise<Connection> {
  const profile = mkdtempSync(join(own.folder, 'profile-'));
  const preferences = {
    'marionette.port': 0,
    'ui.prefersReducedMotion': 1,
    // Nothing but the page is to be asked for.
    'app.normandy.enabled': false,
    'browser.aboutwelcome.enabled': false,
    'browser.safebrowsing.update.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.page': 0,
    'datareporting.policy.dataSubmissionEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
    'javascript.enabled': settings.javaScript,
    ...(settings.refusesCookies && { 'network.cookie.cookieBehavior': 2 }),
    ...settings.firefox,
  };
  writeFileSync(
    join(profile, 'user.js'),
    Object.entries(preferences)
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
      .join(''),
  );
  const browser = own.start<never>(
    'firefox-esr',
    [
      ...['--headless', '--no-remote', '--profile', profile],
      ...['--marionette', '--remote-allow-system-access'],
    ],
    () => undefined,
    { MOZ_CRASHREPORTER_DISABLE: '1' },
  );
  const connection = untilItWorks(() => {
    const port = Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8'));
    return Marionette.connect(port, {});
  });
  return Promise.race([connection, browser]);
}

const launchers = { chromium, webkit, firefox };

export async function launch(engine: Engine, settings: Settings): Promise<Launched> {
  const own = new Belongings();
  try {
    const connection = await launchers[engine](own, settings);
    await connection.send('resize', size);
    return {
      connection,
      async stop() {
        await connection.send('quit').catch(() => {});
        connection.close();
        await own.clear();
      },
    };
  } catch (error) {
    await own.clear();
    throw error;
  }
}
