// Serves the page while it is worked on: behind a simulated device, or with --device URL in front
// of a real one or the simulator.
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const { values } = parseArgs({
  options: {
    device: { type: 'string' },
    port: { type: 'string', default: '5173' },
    host: { type: 'string', default: '127.0.0.1' },
  },
});
if (values.device) process.env.DEVICE = values.device;

const server = await createServer({
  configFile: new URL('vite.config.ts', import.meta.url).pathname,
  server: { port: Number(values.port), host: values.host },
});
await server.listen();
server.printUrls();
