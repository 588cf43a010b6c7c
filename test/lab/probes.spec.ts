import { connects, opensList } from '../engines/steps';
import { expect, test } from '../engines/test';
import { ask, device as at, follow, header, isOnline, probes, run } from './clients';

test('every connectivity check is led to the page, absolutely, with a body, and kept by nobody', async ({
  device,
}) => {
  expect(device.url).toBe('http://192.168.4.1:80/');
  for (const probe of probes) {
    await test.step(`${probe.system}: ${probe.url}`, async () => {
      const answer = await ask(probe);
      expect(isOnline(probe, answer)).toBe(false);
      // Neither what Android takes for a failure nor what iOS takes for the Internet.
      expect(answer.status).toBe(302);
      expect(header(answer, 'Location')).toBe(at.page);
      expect(header(answer, 'Cache-Control')).toBe('no-store');
      expect(answer.body.length).toBeGreaterThan(4);
      expect(answer.body.length).toBeLessThan(1000);
      expect(answer.body).not.toContain('Success');
      expect(answer.body).toContain(at.page);

      const { end, body } = await follow(probe);
      expect(end).toBe(`200 ${at.page} 1`);
      expect(body).toContain(`<title>${at.title}</title>`);
    });
  }
});

test('a name that nobody knows, with any path, leads to the page in one step', async ({
  device,
}) => {
  expect(device.url).toContain(at.ip);
  for (const url of ['http://neverssl.com/', 'http://setup/', 'http://wifi.setup/a/b?c=d#e']) {
    const { end } = await follow({ system: '', url, user_agent: 'curl', online: {} });
    expect(end).toBe(`200 ${at.page} 1`);
  }
});

test('there is no proxy script, and nothing waits behind https', async ({ device }) => {
  expect(device.url).toContain(at.ip);
  const windows = { system: 'Windows', user_agent: 'WinHttp-Autoproxy-Service/5.1', online: {} };
  expect((await ask({ ...windows, url: 'http://wpad/wpad.dat' })).status).toBe(404);
  // 7: refused, and so at once; a time-out would hold Android's check up.
  await expect(
    run('curl', ['--silent', '--max-time', '5', 'https://www.google.com/generate_204']),
  ).rejects.toMatchObject({ code: 7 });
});

test.describe('after the end of set-up, while the access point is there', () => {
  // Slow, so that it is there for long enough to ask everything.
  test.use({ speed: 0.25 });
  test('every connectivity check is content', async ({ device, ui }) => {
    await opensList(ui, device.url);
    await connects(ui);
    await ui.click('button', 'Finish set-up');
    await ui.sees('heading', 'All set');
    const answers = await Promise.all(
      probes
        .filter(({ online }) => Object.keys(online).length > 0)
        .map(async (probe) => ({ probe, answer: await ask(probe) })),
    );
    expect(answers.length).toBeGreaterThan(20);
    expect(
      answers
        .filter(({ probe, answer }) => !isOnline(probe, answer))
        .map(({ probe, answer }) => `${probe.url}: ${answer.status}`),
    ).toEqual([]);
  });
});
