import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { ok } from '../../pipeline/problem/result.ts';

const host = realHost();
const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  test('what is missing is undefined, below a file too', async () => {
    await host.writeFile(`${folder}/a`, bytes);
    for (const path of [`${folder}/none`, `${folder}/a/b`]) {
      expect(await host.readFile(path)).toBeUndefined();
      expect(await host.stat(path)).toBeUndefined();
      expect(await host.readLink(path)).toBeUndefined();
      expect(await host.list(path)).toBeUndefined();
    }
    expect(await host.readLink(`${folder}/a`)).toBeUndefined();
  });

  test('a folder where a file is expected is an error', async () => {
    await expect(host.readFile(folder)).rejects.toMatchObject({ code: 'EISDIR', path: folder });
    await expect(host.writeFile(`${folder}/none/a`, bytes)).rejects.toMatchObject({
      code: 'ENOENT',
      path: `${folder}/none/a`,
    });
  });

  test('a file has the mode that was asked for, whatever the umask, and nothing is left beside it', async () => {
    const before = process.umask(0o077);
    try {
      await host.writeFile(`${folder}/a`, bytes, 0o755);
    } finally {
      process.umask(before);
    }
    expect(statSync(`${folder}/a`).mode & 0o777).toBe(0o755);
    expect(new Uint8Array((await host.readFile(`${folder}/a`)) ?? [])).toEqual(bytes);
    expect(await host.list(folder)).toEqual(['a']);
  });

  test('names are sorted by code unit, links are seen as links', async () => {
    for (const name of ['b', 'B', 'a', 'ä']) await host.writeFile(`${folder}/${name}`, bytes);
    symlinkSync('a', `${folder}/c`);
    expect(await host.list(folder)).toEqual(['B', 'a', 'b', 'c', 'ä']);
    expect(await host.stat(`${folder}/c`)).toMatchObject({ kind: 'symlink' });
    expect(await host.readLink(`${folder}/c`)).toBe('a');
  });

  test('a folder is made with those above it, once or again', async () => {
    for (let time = 0; time < 2; time++) {
      await host.makeFolder(`${folder}/a/b/c`);
      expect(await host.stat(`${folder}/a/b/c`)).toMatchObject({ kind: 'directory' });
    }
    symlinkSync('a', `${folder}/link`);
    await host.makeFolder(`${folder}/link`);
  });

  test('of a file that somebody else may have made no more is read than is wanted', async () => {
    await host.writeFile(`${folder}/small`, bytes);
    expect(await host.readSmallFile(`${folder}/small`, bytes.length)).toEqual(bytes);
    expect(await host.readSmallFile(`${folder}/small`, bytes.length - 1)).toBe('too-large');
    expect(await host.readSmallFile(`${folder}/none`, 1)).toBeUndefined();
    expect(await host.readSmallFile(folder, 1)).toBe('not-a-file');
    expect(await host.readSmallFile('/dev/zero', 1)).toBe('not-a-file');
    expect(await host.run('mkfifo', [`${folder}/fifo`])).toMatchObject({ ok: true });
    expect(await host.readSmallFile(`${folder}/fifo`, 1)).toBe('not-a-file');
  });

  test('a folder that cannot be is an error at once, below /proc too', async () => {
    await host.writeFile(`${folder}/file`, bytes);
    await expect(host.makeFolder('/proc/none')).rejects.toThrow(/ENOENT/);
    await expect(host.makeFolder('/proc/none/below')).rejects.toThrow(/ENOENT/);
    await expect(host.makeFolder(`${folder}/file`)).rejects.toThrow(/EEXIST/);
    await expect(host.makeFolder(`${folder}/file/below`)).rejects.toThrow(/ENOTDIR/);
  });

  test('a temporary folder is gone afterwards, also after a failure', async () => {
    let seen = '';
    const failing = host.withTempFolder(async (temp) => {
      seen = temp;
      await host.writeFile(`${temp}/x`, bytes);
      throw new Error('on purpose');
    }, `${folder}/below`);
    await expect(failing).rejects.toThrow('on purpose');
    expect(seen.startsWith(`${folder}/below/`)).toBe(true);
    expect(await host.stat(seen)).toBeUndefined();
  });
});

describe('what one process at a time may do', () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((done) => setTimeout(done, 50));
    order.push(`${name} ends`);
    return ok(name);
  };

  test('waits for the one before, and leaves nothing', async () => {
    const path = join(folder, 'busy');
    await Promise.all(['a', 'b', 'c'].map((name) => host.exclusively(path, work(name))));
    for (const at of [0, 2, 4])
      expect(order[at + 1]).toBe(`${order[at]?.replace('begins', 'ends')}`);
    expect(await host.list(folder)).toEqual([]);
    await expect(host.exclusively(path, () => Promise.reject(new Error('x')))).rejects.toThrow();
    expect(await host.list(folder)).toEqual([]);
  });

  test('is a problem where the file stays, and the file is left as it is', async () => {
    const path = join(folder, 'busy');
    await host.writeFile(path, bytes);
    const result = await host.exclusively(path, work('late'), 60);
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'held-by-another', path }] });
    expect(order).not.toContain('late begins');
    expect(await host.readFile(path)).toEqual(bytes);
  });
});
