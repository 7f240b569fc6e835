import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Qmp } from '../../pipeline/guest/qmp.ts';

type Asked = { readonly execute: string; readonly arguments?: unknown };

let folder = '';
let server: Server;
let peer: Socket;
/** What the stand-in for QEMU answers; each command has one answer. */
let answer = (_: Asked): object => ({ return: {} });
const asked: Asked[] = [];
const say = (message: object): boolean => peer.write(`${JSON.stringify(message)}\n`);
const event = (name: string, data = {}) =>
  say({ event: name, data, timestamp: { seconds: 7, microseconds: 500_000 } });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'qmp-test-'));
  asked.length = 0;
  answer = () => ({ return: {} });
  server = createServer((socket) => {
    peer = socket;
    say({ QMP: { version: {}, capabilities: [] } });
    createInterface({ input: socket }).on('line', (line) => {
      const command = JSON.parse(line) as Asked;
      asked.push(command);
      say(answer(command));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'qmp'), resolve));
});
afterEach(() => {
  peer.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const connected = (): Promise<Qmp> => Qmp.connect(join(folder, 'qmp'));

test('negotiation comes first, then commands with their arguments', async () => {
  const qmp = await connected();
  answer = () => ({ return: { status: 'running' } });
  expect(await qmp.execute('query-status')).toEqual({ status: 'running' });
  await qmp.execute('pmemsave', { val: 4096, size: 1 });
  expect(asked).toEqual([
    { execute: 'qmp_capabilities' },
    { execute: 'query-status' },
    { execute: 'pmemsave', arguments: { val: 4096, size: 1 } },
  ]);
});

test('a refused command is an error with the reason', async () => {
  const qmp = await connected();
  answer = () => ({ error: { class: 'CommandNotFound', desc: 'no such command' } });
  await expect(qmp.execute('fly')).rejects.toThrow('QMP: CommandNotFound: no such command');
});

test('events are seen whether they came before the question or after', async () => {
  const qmp = await connected();
  event('RESET');
  const shutdown = qmp.event('SHUTDOWN');
  event('SHUTDOWN', { reason: 'guest-shutdown' });
  expect(await shutdown).toEqual({
    event: 'SHUTDOWN',
    data: { reason: 'guest-shutdown' },
    at: 7.5,
  });
  expect((await qmp.event('RESET'))?.event).toBe('RESET');
  expect(qmp.seen().map((one) => one.event)).toEqual(['RESET', 'SHUTDOWN']);
});

test('when QEMU goes, no question stays open', async () => {
  const qmp = await connected();
  const panicked = qmp.event('GUEST_PANICKED');
  server.removeAllListeners();
  answer = () => {
    peer.destroy();
    return {};
  };
  await expect(qmp.execute('quit')).rejects.toThrow('ended');
  expect(await panicked).toBeUndefined();
  await qmp.ended;
  await expect(qmp.execute('query-status')).rejects.toThrow('QMP is closed');
});
