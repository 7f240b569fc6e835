/** An http target's part of init, with curl and servers of this machine. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inFolder, mebibyte, shellBeside } from '../components/init/shell.ts';
import {
  type Answer,
  type Certificate,
  makeCertificate,
  startUploadServer,
  type Upload,
  type UploadServer,
} from '../support/servers/upload-server.ts';

const directory = '/crash/web1-2026-11-28-12:00:00';
const dump = randomBytes(2 * mebibyte + 4711);

let server: UploadServer | undefined;
beforeEach(() => {
  mkdirSync(inFolder('run'), { recursive: true });
  writeFileSync(inFolder('dump'), dump);
  writeFileSync(inFolder('log'), 'the log\n');
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const start = async (
  answer?: (upload: Upload, number: number) => Answer,
  certificate?: Certificate,
): Promise<UploadServer> => {
  server = await startUploadServer(answer, certificate);
  return server;
};

/** As the core calls it: log, dump, end. */
const wholeDump = `http_open
http_store dmesg <"$run/../log" || exit 1
cat "$run/../dump" | http_store vmcore.flat || exit 1
http_finish
echo "stored $(cat "$run/stored")"`;

const store = (
  url: string,
  settings: Readonly<Record<string, string>> = {},
  body = wholeDump,
): Promise<string> =>
  shellBeside(`network_up() { :; }\naddress_of() { :; }\nsleep() { :; }\nhttp_stall=2\n(${body})`, {
    run: inFolder('run'),
    host: 'web1',
    stamp: '2026-11-28-12:00:00',
    encryption: 'none',
    target_shown: 'the server',
    target_files: inFolder('target'),
    target_url: `${url}/crash`,
    target_method: 'PUT',
    target_part: '1',
    ...settings,
  });

const names = (from: UploadServer): readonly string[] => [...from.stored.keys()].sort();

describe('a dump', () => {
  test('goes in parts, log first and manifest last, and the parts make the stream again', async () => {
    const to = await start();
    expect(await store(to.url)).toBe(`stored ${dump.length}`);
    expect(to.uploads.map(({ path }) => basename(path))).toEqual([
      'vmcore-dmesg.txt',
      'vmcore.flat.part-000001',
      'vmcore.flat.part-000002',
      'vmcore.flat.part-000003',
      'vmcore.flat.parts',
    ]);
    expect(to.uploads.every(({ path }) => path.startsWith(`${directory}/`))).toBe(true);
    expect(to.uploads.every(({ headers }) => headers['content-length'] !== undefined)).toBe(true);
    expect(to.stored.get(`${directory}/vmcore-dmesg.txt`)?.toString()).toBe('the log\n');

    for (const [path, bytes] of to.stored) writeFileSync(inFolder(basename(path)), bytes);
    const manifest = readFileSync(inFolder('vmcore.flat.parts'), 'utf8').split('\n');
    expect(manifest.slice(0, 7)).toEqual([
      '# crashseal-parts 1',
      '# name=vmcore.flat',
      `# size=${dump.length}`,
      '# parts=3',
      '# part=vmcore.flat.part-000001 1048576',
      '# part=vmcore.flat.part-000002 1048576',
      '# part=vmcore.flat.part-000003 4711',
    ]);
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'vmcore.flat.parts'], {
      cwd: inFolder(),
    });
    const joined = execFileSync('bash', ['-c', 'cat vmcore.flat.part-*'], {
      cwd: inFolder(),
      maxBuffer: 2 ** 26,
    });
    expect(joined.equals(dump)).toBe(true);
  });

  test.each([
    ['smaller than a part', 1000, 1],
    ['of exactly two parts', 2 * mebibyte, 2],
  ])('%s has a manifest, too', async (_, size, parts) => {
    writeFileSync(inFolder('dump'), dump.subarray(0, size));
    const to = await start();
    expect(await store(to.url)).toBe(`stored ${size}`);
    expect(to.stored.get(`${directory}/vmcore.flat.parts`)?.toString()).toContain(
      `\n# size=${size}\n# parts=${parts}\n`,
    );
    expect(to.stored.size).toBe(parts + 2);
  });

  test('takes no more memory when the server says a lot', async () => {
    server = await startUploadServer(() => 201, undefined, undefined, Buffer.alloc(8 * mebibyte));
    // In blocks of 512 bytes; a part has 1 MiB.
    expect(await store(server.url, {}, `ulimit -f 4096\n${wholeDump}`)).toBe(
      `stored ${dump.length}`,
    );
  });

  test('that is stored a second time has one manifest, of the second', async () => {
    const to = await start();
    await store(
      to.url,
      {},
      `http_open; echo cut | http_store vmcore.flat; echo whole | http_store vmcore; http_finish`,
    );
    expect(names(to).filter((name) => name.endsWith('.parts'))).toEqual([
      `${directory}/vmcore.parts`,
    ]);
  });

  test('goes by POST where the profile says so', async () => {
    const to = await start();
    await store(to.url, { target_method: 'POST' });
    expect(new Set(to.uploads.map(({ method }) => method))).toEqual(new Set(['POST']));
    expect(to.stored.size).toBe(5);
  });

  test('of a machine whose clock starts anew gets a folder of its own', async () => {
    const to = await start();
    await store(to.url);
    await store(to.url);
    expect(to.stored.has(`${directory}-2/vmcore.flat.parts`)).toBe(true);
    expect(to.stored.size).toBe(10);
  });

  test('goes to a server that says of everything that it has it', async () => {
    server = await startUploadServer(undefined, undefined, () => true);
    expect(await store(server.url)).toBe(`stored ${dump.length}`);
    expect(server.stored.size).toBe(5);
  });
});

describe('a server', () => {
  test('is known by the certificate that the profile pins, and gets the token', async () => {
    const certificate = makeCertificate(inFolder('tls'), 'collector');
    const to = await start(undefined, certificate);
    writeFileSync(inFolder('target.ca'), certificate.certificate);
    writeFileSync(inFolder('token'), 'a-secret\n');
    expect(await store(to.url, { target_token: inFolder('token') })).toBe(`stored ${dump.length}`);
    expect(new Set(to.uploads.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer a-secret']),
    );
  });

  test('with another certificate gets nothing', async () => {
    const to = await start(undefined, makeCertificate(inFolder('tls'), 'another'));
    const pinned = makeCertificate(inFolder('tls'), 'collector');
    writeFileSync(inFolder('target.ca'), pinned.certificate);
    expect(await store(to.url)).toMatch(/^the server cannot be reached: SSL certificate problem: /);
    expect(to.uploads).toEqual([]);
  });

  test('gets no token where there is none, and nothing else', async () => {
    const to = await start();
    expect(await store(to.url, { target_token: inFolder('none') })).toBe(
      `the server cannot be reached: the local overlay did not bring ${inFolder('none')}`,
    );
    expect(to.uploads).toEqual([]);
  });

  test('that nobody runs is said so', async () => {
    const gone = await startUploadServer();
    await gone.stop();
    expect(await store(gone.url)).toMatch(/^the server cannot be reached: Failed to connect to /);
  });

  test.each([403, 411, 413, 507, 301])(
    'that refuses with %i is asked once for each file',
    async (status) => {
      const to = await start((_, number) => (number === 3 ? status : 201));
      expect(await store(to.url)).toBe(
        `the server did not store vmcore.flat.part-000002: HTTP status ${status}`,
      );
      expect(to.uploads.length).toBe(3);
      expect(names(to).some((name) => name.endsWith('.parts'))).toBe(false);
    },
  );

  test.each([503, 'cut', 'stall'] as const)(
    'that answers with %s once is asked again, and the dump is whole',
    async (answer) => {
      const to = await start((_, number) => (number === 3 ? answer : 201));
      expect(await store(to.url)).toMatch(
        new RegExp(
          `did not store vmcore.flat.part-000002: .*; trying again\nstored ${dump.length}$`,
        ),
      );
      expect(to.stored.get(`${directory}/vmcore.flat.part-000002`)?.length).toBe(mebibyte);
    },
  );

  test.each([
    [503, 'HTTP status 503'],
    ['cut', '(Send failure|Recv failure|Empty reply|OpenSSL).*'],
    ['stall', 'Operation too slow.*'],
  ] as const)('that goes on to answer with %s ends the attempt', async (answer, why) => {
    const to = await start(({ path }) => (path.endsWith('part-000002') ? answer : 201));
    const said = (await store(to.url)).split('\n');
    expect(said.at(-1)).toMatch(
      new RegExp(`^the server did not store vmcore.flat.part-000002: ${why}$`),
    );
    expect(said.length).toBe(3);
  });
});
