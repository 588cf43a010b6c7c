import { HttpResponse, http } from 'msw';
import type { SimulatedDevice } from './device';

/** Answers the page's calls from a simulated device. */
export const handlersFor = (device: SimulatedDevice) => [
  http.all(/^https?:\/\/[^/]+\/api\//, async ({ request }) => {
    const text = await request.text();
    const { pathname, search } = new URL(request.url);
    const { status, body } = device.answer(
      request.method,
      pathname + search,
      text ? JSON.parse(text) : undefined,
    );
    return HttpResponse.json(body as object, { status, headers: { 'Cache-Control': 'no-store' } });
  }),
];
