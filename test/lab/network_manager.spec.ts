import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Belongings } from '../engines/launch';
import { connects, opensList } from '../engines/steps';
import { test as base, expect } from '../engines/test';
import { run } from './clients';

const program = '/usr/sbin/NetworkManager';

const test = base.extend<{ connectivity: () => Promise<string> }>({
  /** Runs NetworkManager with Debian's connectivity check, on a bus of its own. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is used from it.
  connectivity: async ({}, use) => {
    const own = new Belongings();
    try {
      const file = (name: string, text: string) => {
        writeFileSync(join(own.folder, name), text);
        return join(own.folder, name);
      };
      const bus = file(
        'bus.conf',
        `<busconfig>
          <type>system</type>
          <listen>unix:path=${join(own.folder, 'bus')}</listen>
          <policy context="default">
            <allow user="*"/> <allow own="*"/>
            <allow send_destination="*" eavesdrop="true"/> <allow eavesdrop="true"/>
          </policy>
        </busconfig>`,
      );
      const address = await own.start(
        'dbus-daemon',
        ['--nofork', '--nopidfile', `--config-file=${bus}`, '--print-address'],
        (output) => /^(unix:\S+)\n/m.exec(output)?.at(1),
      );
      const env = { DBUS_SYSTEM_BUS_ADDRESS: address };
      const configuration = file(
        'nm.conf',
        `[main]
        plugins=keyfile
        no-auto-default=*
        auth-polkit=false
        dns=none
        [keyfile]
        path=${join(own.folder, 'connections')}
        [connectivity]
        uri=http://network-test.debian.org/nm
        response=NetworkManager is online`.replace(/^ +/gm, ''),
      );
      await own.start(
        program,
        [
          ...['--debug', '--config', configuration, '--config-dir', join(own.folder, 'none')],
          ...['--system-config-dir', join(own.folder, 'none')],
          ...['--intern-config', join(own.folder, 'intern.conf')],
          ...['--state-file', join(own.folder, 'state'), '--pid-file', join(own.folder, 'pid')],
        ],
        (output) => (output.includes('startup complete') ? true : undefined),
        env,
      );
      await use(async () => {
        const { stdout } = await run('nmcli', ['networking', 'connectivity', 'check'], {
          env: { ...process.env, ...env },
        });
        return stdout.trim();
      });
    } finally {
      await own.clear();
    }
  },
});

test.skip(!existsSync(program), 'NetworkManager is not installed');
// Slow, so that the access point is there for long enough after the end.
test.use({ speed: 0.25 });

test('NetworkManager finds a portal, and once set-up has ended the Internet', async ({
  device,
  connectivity,
  ui,
}) => {
  await expect.poll(connectivity).toBe('portal');
  await opensList(ui, device.url);
  await connects(ui);
  await ui.click('button', 'Finish set-up');
  await ui.sees('heading', 'All set');
  expect(await connectivity()).toBe('full');
});
