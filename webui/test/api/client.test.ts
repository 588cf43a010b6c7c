// @vitest-environment node
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, CALL_TIMEOUT_MS, isBusy, Refused, refusal } from '../../src/api/client';
import { type Fixture, fixture } from '../fixtures';

const origin = 'http://192.168.4.1';
const server = setupServer();

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => server.close());
beforeEach(() => {
  const fetch = globalThis.fetch;
  // As in the page that the device serves.
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => fetch(new URL(path, origin), init));
});
afterEach(() => server.resetHandlers());

/** Answers one call as the fixture says, and resolves with the request that was made. */
function serve(name: string): Promise<Request> {
  const { request, response } = fixture(name);
  return new Promise((seen) => {
    server.use(
      http.all(/\/api\//, ({ request: made }) => {
        const { pathname, search } = new URL(made.url);
        expect(`${made.method} ${pathname}${search}`).toBe(`${request.method} ${request.path}`);
        seen(made.clone());
        return HttpResponse.json(response.body as object, { status: response.status });
      }),
    );
  });
}

const bodyOf = (name: string) => (fixture(name) as Fixture).request.body;

describe('a call', () => {
  it('reads the status', async () => {
    serve('status');
    expect((await api.status()).device.name).toBe('Living Room Lamp');
  });

  it('sends a password as JSON', async () => {
    const seen = serve('connect-start');
    expect(await api.connect({ ssid: 'HouseOfBoo', password: 'boo-boo-boo' })).toEqual({ id: 3 });
    const request = await seen;
    expect(request.headers.get('Content-Type')).toBe('application/json');
    expect(await request.json()).toEqual(bodyOf('connect-start'));
  });

  it('sends no password for an open network', async () => {
    const seen = serve('connect-start-open');
    await api.connect({ ssid: 'Guests' });
    expect(await (await seen).json()).toEqual(bodyOf('connect-start-open'));
  });

  it('asks for the saved password without having it', async () => {
    const seen = serve('connect-start-saved');
    await api.connect({ ssid: 'Attic Studio', saved: true });
    expect(await (await seen).json()).toEqual(bodyOf('connect-start-saved'));
  });

  it('names a network that is not text by its bytes', async () => {
    const seen = serve('connect-start-hex');
    await api.connect({ ssid_hex: 'ff80c3', password: 'correct horse' });
    expect(await (await seen).json()).toEqual(bodyOf('connect-start-hex'));
  });

  it('has no body and no type where the API takes none', async () => {
    const seen = serve('scan-start');
    await api.startScan();
    const request = await seen;
    expect(request.headers.get('Content-Type')).toBeNull();
    expect(await request.text()).toBe('');
  });

  it.each([
    ['cancels', 'connect-cancel', () => api.cancel()],
    ['forgets all', 'networks-delete-all', () => api.deleteNetwork()],
    ['forgets a text name', 'networks-delete', () => api.deleteNetwork({ ssid: 'Attic Studio' })],
    [
      'forgets a name of bytes',
      'networks-delete-hex',
      () => api.deleteNetwork({ ssid_hex: 'ff80c3' }),
    ],
  ])('%s', async (_, name, call) => {
    serve(name);
    await call();
  });

  it.each([
    ['complete', true],
    ['complete-stays-open', false],
  ])('completes: %s', async (name, closes) => {
    serve(name);
    expect(await api.complete()).toEqual({ ap_shutdown: closes });
  });
});

describe('a call that is refused', () => {
  it.each([
    ['connect-start-busy', 'busy'],
    ['connect-start-unknown-network', 'unknown_network'],
    ['connect-start-invalid-password', 'invalid_password'],
  ])('tells the code: %s', async (name, code) => {
    serve(name);
    await expect(api.connect({ ssid: 'x' })).rejects.toMatchObject({ code });
  });

  it('because the device is busy has yet to be decided', async () => {
    serve('error-unavailable');
    const call = refusal(api.status());
    await expect(call).rejects.toSatisfy(isBusy);
    serve('connect-start-busy');
    expect(await refusal(api.connect({ ssid: 'x' }))).toBe('busy');
  });
});

describe('a call that this device did not answer', () => {
  const failing = (answer: () => Response | Promise<Response>) => {
    server.use(http.get(`${origin}/api/status`, answer));
    return expect(api.status()).rejects.not.toBeInstanceOf(Refused);
  };

  it('fails when the network is gone', () => failing(() => HttpResponse.error()));
  it('fails when another page answers', () => failing(() => HttpResponse.html('<h1>Router</h1>')));
  it('fails when another device answers', () =>
    failing(() => HttpResponse.json({ hello: 'world' })));
  it('fails when the answer is cut off', () => failing(() => new HttpResponse('{"device":{')));
  it('fails when the error is none of the API', () =>
    failing(() => new HttpResponse('Bad Gateway', { status: 502 })));

  it('fails when nothing has come after the time-out', async () => {
    vi.useFakeTimers();
    vi.stubGlobal(
      'fetch',
      (_: string, init: RequestInit) =>
        new Promise((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    );
    const call = api.status();
    const outcome = expect(call).rejects.toThrow('aborted');
    await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await outcome;
    vi.useRealTimers();
  });

  it('that the radio lost keeps no later one waiting for the place in the cache', async () => {
    const fetch = vi.fn().mockRejectedValue(new Error('lost'));
    vi.stubGlobal('fetch', fetch);
    await expect(api.status()).rejects.toThrow('lost');
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ cache: 'no-store' });
  });
});
