/** Debian's Chromium without a window, over the pipe of its own protocol (DevTools): a page opened, asked and drawn. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

export type OpenPage = {
  /** Addresses that were asked for, the page's own left out. */
  readonly requests: readonly string[];
  /** What stands in the console: errors, warnings, exceptions. */
  readonly complaints: readonly string[];
  /** The value of an expression, which may be a promise. */
  readonly ask: (expression: string) => Promise<unknown>;
  readonly look: (how: {
    readonly width: number;
    readonly height: number;
    readonly dark?: boolean;
    readonly print?: boolean;
  }) => Promise<void>;
  /** PNG of all of it, or of the part that begins at `from`. */
  readonly picture: (part?: {
    readonly from: number;
    readonly width: number;
    readonly height: number;
  }) => Promise<Buffer>;
};

export async function withPage<T>(url: string, work: (page: OpenPage) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'crashseal-browser-'));
  const browser = spawn(
    'chromium',
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--hide-scrollbars',
      '--remote-debugging-pipe',
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  );
  try {
    return await work(await openIn(browser, url));
  } finally {
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openIn(browser: ChildProcess, url: string): Promise<OpenPage> {
  const commands = browser.stdio[3] as Writable;
  const answers = browser.stdio[4] as Readable;
  const waiting = new Map<number, (message: Message) => void>();
  const requests: string[] = [];
  const complaints: string[] = [];
  const events = new Map<string, () => void>();
  const heard = ({ method, params = {} }: Message): void => {
    if (method === undefined) return;
    events.get(method)?.();
    if (method === 'Network.requestWillBeSent') {
      const { url: asked } = params.request as { readonly url: string };
      if (asked !== url) requests.push(asked);
    }
    if (method === 'Log.entryAdded') {
      const { level, text } = params.entry as { readonly level: string; readonly text: string };
      complaints.push(`${level}: ${text}`);
    }
    if (method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params));
    if (method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(params.args));
  };
  let rest = '';
  answers.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id === undefined) heard(message);
      else waiting.get(message.id)?.(message);
    }
  });
  browser.setMaxListeners(0);
  let last = 0;
  let sessionId: string | undefined;
  const send = (
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      browser.once('exit', () => reject(new Error('the browser has ended')));
      waiting.set(id, ({ error, result }) =>
        error === undefined ? resolve(result ?? {}) : reject(new Error(error.message)),
      );
      commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const attached = await send('Target.attachToTarget', { targetId, flatten: true });
  sessionId = String(attached.sessionId);
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await send(`${domain}.enable`);
  const loaded = new Promise<void>((resolve) => events.set('Page.loadEventFired', resolve));
  await send('Page.navigate', { url });
  await loaded;
  return {
    requests,
    complaints,
    ask: async (expression) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { readonly value?: unknown }).value;
    },
    look: async ({ width, height, dark = false, print = false }) => {
      await send('Emulation.setEmulatedMedia', {
        media: print ? 'print' : 'screen',
        features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
      });
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
    },
    picture: async (part) => {
      const { data } = await send('Page.captureScreenshot', {
        captureBeyondViewport: true,
        ...(part === undefined ? {} : { clip: { x: 0, y: part.from, scale: 1, ...part } }),
      });
      return Buffer.from(String(data), 'base64');
    },
  };
}
