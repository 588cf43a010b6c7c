import type { Command, Connection, Element } from './webdriver';

/** What the page's elements are to an owner. */
export type Role = 'button' | 'heading' | 'textbox';

/**
 * Runs in the page: the first visible element of that role with that name. A name is what is shown,
 * a line for each line, or a label; `how` is a regular expression's source.
 */
const finder = `
  const [role, how] = arguments;
  const selectors = {
    button: 'button', heading: 'h1', textbox: 'input:not([type=radio])',
  };
  const nameOf = (element) =>
    element.getAttribute('aria-label') ||
    (element.labels && element.labels[0] ? element.labels[0].innerText : element.innerText);
  return Array.from(document.querySelectorAll(selectors[role])).find(
    (element) =>
      element.getClientRects().length && new RegExp(how, 'm').test((nameOf(element) || '').trim()),
  ) || null;
`;

/** Errors of a page that was being drawn anew under the driver's hands; the next look is right. */
const passing = new Set([
  'stale element reference',
  'element not interactable',
  'element click intercepted',
]);

const literally = (text: string) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
const exactly = (text: string) => `^${literally(text)}$`;

const keys = { end: '\uE010', backspace: '\uE003' };

/** As patient as the expectations of the tests in test/e2e: several times what a busy machine needs. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 50;

/** A browser in the hands of an owner. Every act waits until it can be done. */
export class Browser {
  constructor(readonly connection: Connection) {}

  private send(command: Command, parameters?: object) {
    return this.connection.send(command, parameters);
  }

  /** Runs a function body in the page. */
  run(script: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.send('run', { script, args });
  }

  async open(url: string) {
    await this.send('navigate', { url });
  }

  async reload() {
    await this.send('reload');
  }

  async url(): Promise<string> {
    return String(await this.send('url'));
  }

  /** What the first element that matches says, without any script of the page's world. */
  async textOf(css: string): Promise<string> {
    const element = (await this.send('find', { using: 'css selector', value: css })) as Element;
    return String(await this.send('text', { id: Object.values(element)[0] }));
  }

  async picture(): Promise<Buffer> {
    return Buffer.from(String(await this.send('picture')), 'base64');
  }

  /** Asks until the answer is neither undefined nor null. */
  async until<T>(what: string, ask: () => Promise<T | undefined | null>): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    let last = '';
    for (;;) {
      try {
        const answer = await ask();
        if (answer !== undefined && answer !== null) return answer;
      } catch (error) {
        if (!(error instanceof Error && passing.has(error.name))) throw error;
        last = ` (${error.message})`;
      }
      if (performance.now() > end)
        throw new Error(`waited in vain for ${what}${last}; the page says:\n${await this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  private async find(role: Role, how: string): Promise<Element | null> {
    return (await this.run(finder, role, how)) as Element | null;
  }

  private async act(role: Role, how: string, act: (id: string) => Promise<unknown>) {
    await this.until(`${role} ${how}`, async () => {
      const element = await this.find(role, how);
      if (!element) return undefined;
      // WebKitGTK's driver does not scroll, whatever the protocol says.
      await this.run('arguments[0].scrollIntoView({ block: "center" })', element);
      await act(Object.values(element)[0] as string);
      return true;
    });
  }

  /** Clicks on what has exactly this name. */
  click(role: Role, name: string) {
    return this.act(role, exactly(name), (id) => this.send('click', { id }));
  }

  /** Clicks on the row whose first line is this. */
  clickRow(name: string) {
    return this.act('button', `^${literally(name)}\\s*(,|$)`, (id) => this.send('click', { id }));
  }

  /** Types into a field, key by key, in the place of what was there. */
  async fill(label: string, text: string) {
    await this.act('textbox', exactly(label), async (id) => {
      const before = String(await this.valueOf(label));
      await this.send('type', { id, text: keys.end + keys.backspace.repeat(before.length) + text });
    });
    await this.until(`${label} to be filled`, async () =>
      (await this.valueOf(label)) === text ? true : undefined,
    );
  }

  /** What a field holds. */
  async valueOf(label: string): Promise<unknown> {
    return this.run('return arguments[0].value', await this.find('textbox', exactly(label)));
  }

  /** Waits until something of this role and name is there. */
  sees(role: Role, name: string) {
    return this.until(`${role} ${name}`, () => this.find(role, exactly(name)));
  }

  /** Everything that the page says. */
  async text(): Promise<string> {
    return String(await this.run('return document.body ? document.body.innerText : ""'));
  }

  /** Waits until the page says this. */
  reads(words: string | RegExp) {
    return this.until(`“${words}”`, async () => {
      const text = await this.text();
      return (typeof words === 'string' ? text.includes(words) : words.test(text)) || undefined;
    });
  }

  /** Waits until the page does not say this. */
  readsNoMore(words: string) {
    return this.until(`the end of “${words}”`, async () =>
      (await this.text()).includes(words) ? undefined : true,
    );
  }
}
