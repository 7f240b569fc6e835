/** A web server's part of init against nginx with its DAV module, without a guest. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inFolder, shellBeside } from '../components/init/shell.ts';
import { startWebServer, type WebServer } from '../support/servers/web-server.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const dump = randomBytes(5_000_000);

let server: WebServer;
beforeAll(async () => {
  server = await startWebServer(freshWorkFolder('http-target-against-nginx'));
});
afterAll(() => server.stop());

beforeEach(() => {
  mkdirSync(inFolder('run'), { recursive: true });
  writeFileSync(inFolder('dump'), dump);
  writeFileSync(inFolder('target.ca'), server.certificate);
});

const store = (host: string, token: string): Promise<string> => {
  writeFileSync(inFolder('token'), `${token}\n`);
  const body = `http_open
echo 'the log' | http_store dmesg || exit 1
cat "$run/../dump" | http_store vmcore.flat || exit 1
http_finish
echo "stored $(cat "$run/stored")"`;
  return shellBeside(`network_up() { :; }\naddress_of() { :; }\nsleep() { :; }\n(${body})`, {
    run: inFolder('run'),
    host,
    stamp: '2026-11-28-12:00:00',
    target_shown: 'the server',
    target_files: inFolder('target'),
    target_url: `https://127.0.0.1:${server.port}/crash`,
    target_host: '127.0.0.1',
    target_method: 'PUT',
    target_part: '1',
    target_token: inFolder('token'),
  });
};

test('it stores the parts, which make the stream again', async () => {
  expect(await store('web1', server.token)).toBe(`stored ${dump.length}`);
  const received = join(server.folder, 'web1-2026-11-28-12:00:00');
  expect(readFileSync(join(received, 'vmcore-dmesg.txt'), 'utf8')).toBe('the log\n');
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'vmcore.flat.parts'], {
    cwd: received,
  });
  const parts = readdirSync(received).filter((name) => /\.part-\d+$/.test(name));
  const joined = Buffer.concat(parts.sort().map((name) => readFileSync(join(received, name))));
  expect(joined.equals(dump)).toBe(true);
});

test('it gives nothing a place that comes without its token', async () => {
  expect(await store('stranger', 'another')).toBe(
    'the server did not store vmcore-dmesg.txt: HTTP status 401',
  );
  expect(readdirSync(server.folder).filter((name) => name.startsWith('stranger'))).toEqual([]);
});
