import { HttpResponse, http } from 'msw';
import type { SimulatedDevice } from './device';

/** Answers the page's calls from a simulated device. */
export const handlersFor = (device: SimulatedDevice) => [
  // A pattern of its own, since a path may hold bytes that are no text.
  http.all(/^https?:\/\/[^/]+\/api\//, async ({ request }) => {
    const text = await request.text();
    const { status, body } = device.answer(
      request.method,
      new URL(request.url).pathname,
      text ? JSON.parse(text) : undefined,
    );
    return HttpResponse.json(body as object, { status, headers: { 'Cache-Control': 'no-store' } });
  }),
];
