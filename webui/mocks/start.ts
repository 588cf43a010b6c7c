// The page's start while developing without a device: first the simulated one, then the page.
import { setupWorker } from 'msw/browser';
import { SimulatedDevice } from './device';
import { handlersFor } from './handlers';

await setupWorker(...handlersFor(new SimulatedDevice())).start({ onUnhandledRequest: 'bypass' });
await import('../src/main');
