import { expect, test } from '../engines/test';
import { device as at, dig } from './clients';

/** What dig says of its answer. */
const status = (text: string) => /status: (\w+)/.exec(text)?.[1];
const answers = (text: string) => Number(/ANSWER: (\d+)/.exec(text)?.[1]);
const record = (text: string) => /^;; ANSWER SECTION:\n(.*)$/m.exec(text)?.[1];

test.beforeEach(({ device }) => {
  expect(device.log()).toContain('DNS server started');
});

test('the phone asks the device, and nobody else', async () => {
  expect(await dig('captive.apple.com')).toContain(`SERVER: ${at.ip}#53`);
});

for (const name of [
  'captive.apple.com',
  'connectivitycheck.gstatic.com',
  'neverssl.com',
  'setup.',
  'CaPtIvE.ApPlE.CoM',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`,
])
  test(`the address of ${name.slice(0, 40)} is the device's, for 5 s at most`, async () => {
    const answer = await dig(name, 'A');
    expect(status(answer)).toBe('NOERROR');
    expect(answers(answer)).toBe(1);
    const [owner, lifetime, , , address] = record(answer)?.split(/\s+/) ?? [];
    // Spelt as asked, which some resolvers insist on.
    expect(owner).toBe(name.endsWith('.') ? name : `${name}.`);
    expect(Number(lifetime)).toBeLessThanOrEqual(5);
    expect(address).toBe(at.ip);
  });

for (const type of [
  'AAAA',
  'HTTPS',
  'SVCB',
  'MX',
  'TXT',
  'NS',
  'SOA',
  'SRV',
  'PTR',
  'CAA',
  'ANY',
  'TYPE65534',
])
  test(`there is no ${type} record, and no error`, async () => {
    const answer = await dig('captive.apple.com', type, '+notcp');
    expect(status(answer)).toBe('NOERROR');
    expect(answers(answer)).toBe(0);
  });

test('with EDNS the answer is the same and complete', async () => {
  for (const more of [
    ['+edns=0', '+bufsize=4096'],
    ['+noedns'],
    ['+edns=0', '+dnssec'],
    ['+cookie'],
  ]) {
    const answer = await dig('captive.apple.com', 'A', ...more);
    expect(status(answer)).toBe('NOERROR');
    expect(record(answer)).toContain(at.ip);
    expect(answer).not.toMatch(/malformed|Warning|WARNING/);
  }
});

test('a question whose name is compressed back to front or cut off is no end of the server', async () => {
  const socket = await import('node:dgram').then(({ createSocket }) => createSocket('udp4'));
  const head = Buffer.from('abcd01000001000000000000', 'hex');
  for (const question of ['c00c00010001', '3f6162', 'c0ff00010001', '00', ''])
    socket.send(Buffer.concat([head, Buffer.from(question, 'hex')]), 53, at.ip);
  expect(record(await dig('captive.apple.com'))).toContain(at.ip);
  socket.close();
});
