import {
  attic,
  connects,
  finishes,
  goesTheWholeWay,
  house,
  joins,
  opensList,
  seesConnected,
  seesList,
} from './steps';
import { expect, test } from './test';

const tests = (log: string) => log.match(/Testing connection to/g)?.length;

test('a first visit goes the whole way to the end', async ({ ui, device }) => {
  await opensList(ui, device.url);
  await goesTheWholeWay(ui);
  await expect.poll(() => device.log()).toContain('Provisioning completed by user');
  expect(device.log()).not.toContain(house.password);
});

test('saved networks are shown, connect again and are deleted', async ({ ui, device }) => {
  await opensList(ui, device.url);
  await connects(ui);
  await ui.click('button', 'Choose another network');
  await ui.clickRow('Saved networks');
  await ui.sees('heading', 'Saved networks');
  await ui.click('button', `Connect ${house.name}`);
  await seesConnected(ui);
  expect(tests(device.log())).toBe(2);

  await ui.click('button', 'Choose another network');
  await ui.clickRow('Saved networks');
  await ui.click('button', `Delete ${house.name}`);
  await ui.click('button', 'Delete');
  await ui.reads('No networks are saved.');
  await ui.reload();
  await seesList(ui);
  await ui.readsNoMore('Saved');
});

test('a hidden network connects by its name', async ({ ui, device }) => {
  await opensList(ui, device.url);
  await ui.clickRow('Other network');
  await ui.fill('Network name', attic.name);
  await ui.fill('Password', attic.password);
  await ui.click('button', 'Connect');
  await ui.sees('heading', 'Connected');
  await ui.reads(attic.name);
});

test('a wrong password is said to be wrong, is kept, and can be corrected', async ({
  ui,
  device,
}) => {
  await opensList(ui, device.url);
  await joins(ui, { ...house, password: 'boo-boo-bo0' });
  await ui.reads('Wrong password');
  expect(await ui.valueOf('Password')).toBe('boo-boo-bo0');
  await ui.fill('Password', house.password);
  await ui.click('button', 'Try again');
  await seesConnected(ui);
});

test.describe('when the channel change cuts the phone off for 4 s', () => {
  test.use({ scenario: 'hop', speed: 1 });
  test('the page says which Wi-Fi to rejoin, and shows the result on coming back', async ({
    ui,
    device,
  }) => {
    await opensList(ui, device.url);
    await joins(ui, house);
    await ui.reads('does not answer');
    await ui.reads('Join the Wi-Fi “ESP-Prov-8590”');
    await seesConnected(ui);
    await ui.readsNoMore('does not answer');
    expect(tests(device.log())).toBe(1);
    await finishes(ui);
  });
});

test.describe('with a slow lease', () => {
  test.use({ speed: 1 });
  test('a reload in the middle of a test goes on with it', async ({ ui, device }) => {
    await device.control({
      cmd: 'set_ap',
      match: { ssid: house.name },
      set: { dhcp: { delay_ms: 8000, ip: house.ip, gateway: '192.168.1.1' } },
    });
    await opensList(ui, device.url);
    await joins(ui, house);
    await ui.sees('heading', 'Connecting…');
    await ui.reload();
    await ui.sees('heading', 'Connecting…');
    await seesConnected(ui);
    expect(tests(device.log())).toBe(1);
  });
});

test.describe('without JavaScript', () => {
  test.use({ settings: { javaScript: false } });
  test('the page says in a sentence how to go on', async ({ ui, device }) => {
    await ui.open(device.url);
    const sentence = await ui.textOf('noscript p');
    expect(sentence).toMatch(/open .* in your phone's browser/);
    expect(sentence).toContain('http://192.168.4.1');
  });
});
