import { expect, test } from 'vitest';
import { memoryHost } from '../../pipeline/host/memory-host.ts';

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test('files, folders and links behave as on a file system', async () => {
  const host = memoryHost({
    '/usr/lib/a': 'one',
    '/lib': { link: 'usr/lib' },
    '/abs': { link: '/usr/lib/a' },
  });
  expect(text(await host.readFile('/lib/a'))).toBe('one');
  expect(text(await host.readFile('/lib/../abs'))).toBe('one');
  expect(await host.readLink('/lib')).toBe('usr/lib');
  expect(await host.list('/')).toEqual(['abs', 'lib', 'usr']);
  expect((await host.stat('/usr'))?.kind).toBe('directory');
  expect((await host.stat('/lib'))?.kind).toBe('symlink');
  expect(await host.stat('/none')).toBeUndefined();

  await host.makeFolder('/x/y');
  await host.writeFile('/x/y/b', new Uint8Array(2), 0o755);
  await host.rename('/x', '/z');
  expect(await host.stat('/x')).toBeUndefined();
  expect(await host.stat('/z/y/b')).toMatchObject({ kind: 'file', size: 2, mode: 0o755 });
  await host.remove('/z');
  expect(await host.list('/z')).toBeUndefined();
});

test('commands are functions over the same files; others are missing', async () => {
  const host = memoryHost(
    {},
    {
      commands: {
        touch: async ([path], _options, world) => {
          await world.writeFile(path ?? '', new Uint8Array());
          return {};
        },
      },
    },
  );
  expect(await host.run('touch', ['/a'])).toMatchObject({ ok: true, value: { exitCode: 0 } });
  expect(host.paths()).toEqual(['/a']);
  expect(await host.run('rm', ['/a'])).toMatchObject({
    ok: false,
    problems: [{ kind: 'command-missing', command: 'rm' }],
  });
});

test('a temporary folder is gone afterwards', async () => {
  const host = memoryHost({});
  await host.withTempFolder((folder) => host.writeFile(`${folder}/a`, new Uint8Array()));
  expect(host.paths()).toEqual([]);
});
