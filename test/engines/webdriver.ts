import { connect, type Socket } from 'node:net';

/**
 * The W3C's WebDriver protocol, as far as the flows need it. Two ways to speak it: over HTTP to a
 * driver, and over Marionette, the socket of Firefox's own that its driver would talk to as well
 * (Debian has none).
 */
export interface Connection {
  /** Ends in the command's value; an error has WebDriver's code as its name. */
  send(command: Command, parameters?: object): Promise<unknown>;
  close(): void;
}

/** How the protocol's commands are called: over HTTP, and by Marionette. */
const commands = {
  navigate: ['POST', '/url', 'WebDriver:Navigate'],
  url: ['GET', '/url', 'WebDriver:GetCurrentURL'],
  reload: ['POST', '/refresh', 'WebDriver:Refresh'],
  find: ['POST', '/element', 'WebDriver:FindElement'],
  text: ['GET', '/element/{id}/text', 'WebDriver:GetElementText'],
  click: ['POST', '/element/{id}/click', 'WebDriver:ElementClick'],
  type: ['POST', '/element/{id}/value', 'WebDriver:ElementSendKeys'],
  run: ['POST', '/execute/sync', 'WebDriver:ExecuteScript'],
  picture: ['GET', '/screenshot', 'WebDriver:TakeScreenshot'],
  resize: ['POST', '/window/rect', 'WebDriver:SetWindowRect'],
  quit: ['DELETE', '', 'WebDriver:DeleteSession'],
} as const;

export type Command = keyof typeof commands;

/** An element, as the protocol hands it out and takes it back. */
export const elementKey = 'element-6066-11e4-a52e-4f735466cecf';
export type Element = { readonly [elementKey]: string };

/** No command of ours takes that long in a browser that works. */
const PATIENCE_MS = 60_000;

function problem(code: unknown, message: unknown): Error {
  const error = new Error(`${code}: ${message}`);
  error.name = String(code);
  return error;
}

/** A driver that listens on HTTP, with a session of its own. */
export async function connectToDriver(driver: string, capabilities: object): Promise<Connection> {
  async function call(method: string, path: string, parameters?: object): Promise<unknown> {
    const reply = await fetch(`${driver}${path}`, {
      method,
      ...(method === 'POST' && {
        body: JSON.stringify(parameters ?? {}),
        headers: { 'Content-Type': 'application/json' },
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { value } = (await reply.json()) as { value: unknown };
    if (reply.ok) return value;
    const { error, message } = value as { error: unknown; message: unknown };
    throw problem(error, message);
  }
  const session = (await call('POST', '/session', {
    capabilities: { alwaysMatch: capabilities },
  })) as { sessionId: string };
  return {
    send(command, parameters) {
      const [method, path] = commands[command];
      const { id, ...rest } = (parameters ?? {}) as { id?: string };
      return call(
        method,
        `/session/${session.sessionId}${path.replace('{id}', encodeURIComponent(id ?? ''))}`,
        rest,
      );
    },
    close() {},
  };
}

/** A Firefox that listens for Marionette: `LENGTH:[0,id,command,parameters]` and back. */
export class Marionette implements Connection {
  private received: Buffer = Buffer.alloc(0);
  private lastId = 0;
  private readonly waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  private ended: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => this.take(data));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('Firefox has gone')));
  }

  static async connect(port: number, capabilities: object): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const marionette = new Marionette(socket);
    await marionette.call('WebDriver:NewSession', { capabilities: { alwaysMatch: capabilities } });
    return marionette;
  }

  private end(error: Error) {
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }

  private take(data: Buffer) {
    this.received = Buffer.concat([this.received, data]);
    for (;;) {
      const colon = this.received.indexOf(':');
      const size = Number(this.received.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || this.received.length < colon + 1 + size) return;
      const text = this.received.subarray(colon + 1, colon + 1 + size).toString();
      this.received = this.received.subarray(colon + 1 + size);
      const message: unknown = JSON.parse(text);
      // What comes first is a greeting.
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) waiting?.reject(problem(error.error, error.message));
      else waiting?.resolve(result);
    }
  }

  /** Any command by Marionette's own name; ends in the whole result. */
  call(command: string, parameters: object = {}): Promise<unknown> {
    if (this.ended) return Promise.reject(this.ended);
    const id = ++this.lastId;
    const text = JSON.stringify([0, id, command, parameters]);
    const result = new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`Firefox did not answer ${command}`)),
        PATIENCE_MS,
      );
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T) => {
          clearTimeout(late);
          how(value);
        };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
    this.socket.write(`${Buffer.byteLength(text)}:${text}`);
    return result;
  }

  async send(command: Command, parameters: object = {}): Promise<unknown> {
    return ((await this.call(commands[command][2], parameters)) as { value?: unknown }).value;
  }

  /** Runs a function body with the rights of the browser itself. */
  async runInBrowser(script: string): Promise<unknown> {
    await this.call('Marionette:SetContext', { value: 'chrome' });
    try {
      return await this.send('run', { script, args: [] });
    } finally {
      await this.call('Marionette:SetContext', { value: 'content' });
    }
  }

  close() {
    this.socket.destroy();
  }
}
