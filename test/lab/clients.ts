import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import table from './probes.json' with { type: 'json' };

const run = promisify(execFile);

/** Where the device is, and what its page is called. */
export const device = { ip: '192.168.4.1', page: 'http://192.168.4.1/', title: 'Wi-Fi set-up' };

/** How one system finds out whether it is online. */
export interface Probe {
  readonly system: string;
  readonly url: string;
  readonly user_agent: string;
  readonly http?: string;
  /** What its maker's server answers: a status, a text in the body, a header; empty: not known. */
  readonly online: { readonly status?: number; readonly body?: string; readonly header?: string };
}

export const probes: readonly Probe[] = table;

export interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Asks as that system does, by name and through the device's DNS. */
export async function ask(probe: Probe, ...more: readonly string[]): Promise<Answer> {
  const { stdout } = await run('curl', [
    ...[
      '--silent',
      '--show-error',
      '--include',
      '--max-time',
      '10',
      `--http${probe.http ?? '1.1'}`,
    ],
    ...['--user-agent', probe.user_agent, ...more, probe.url],
  ]);
  const end = stdout.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/\S+ (\d+)/.exec(stdout)?.[1]),
    headers: stdout.slice(0, end),
    body: stdout.slice(end + 4),
  };
}

export const header = (answer: Answer, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)$`, 'im').exec(answer.headers)?.[1]?.trim();

/** Whether the system that asks is known to be satisfied. */
export const isOnline = ({ online }: Probe, answer: Answer): boolean =>
  Object.keys(online).length > 0 &&
  (online.status === undefined || answer.status === online.status) &&
  (online.body === undefined || answer.body.includes(online.body)) &&
  (online.header === undefined ||
    answer.headers.toLowerCase().includes(online.header.toLowerCase()));

/** Where a client ends that follows every redirect: `STATUS ADDRESS REDIRECTS`, then the page. */
export async function follow(probe: Probe): Promise<{ end: string; body: string }> {
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--location', '--compressed', '--max-time', '10'],
    ...['--user-agent', probe.user_agent, probe.url],
    ...['--write-out', '\n%{http_code} %{url_effective} %{num_redirects}'],
  ]);
  const cut = stdout.lastIndexOf('\n');
  return { end: stdout.slice(cut + 1), body: stdout.slice(0, cut) };
}

/** Asks the device's DNS server, once and without patience for a second try. */
export async function dig(...question: readonly string[]): Promise<string> {
  const { stdout } = await run('dig', ['+tries=1', '+time=5', ...question]);
  return stdout;
}

/** Pulls the cable at the device's end, or plugs it in again. */
export async function cable(state: 'up' | 'down') {
  await run('ip', ['-n', 'device', 'link', 'set', 'device0', state]);
}

export { run };
