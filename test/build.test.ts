import { expect, test } from 'vitest';
import { build } from '../pipeline/batch/batch.ts';
import { memoryHost } from '../pipeline/host/memory-host.ts';
import { explain } from '../pipeline/problem/problem.ts';
import { must } from './fixtures/results.ts';
import { silentProgress } from './fixtures/silent-progress.ts';

const profile = (name: string): Uint8Array =>
  new TextEncoder().encode(`name: ${name}
kernel: { from: files, image: none }
tools: { from: installed, root: /none }
crashkernel: 256M
target: { kind: raw, device: SERIAL=x }
`);

async function notesOf(...profiles: readonly string[]): Promise<readonly string[]> {
  const host = memoryHost({ '/web.yaml': profile('web'), '/db.yaml': profile('db') });
  const built = await build(host, {
    profiles,
    out: '/out',
    store: '/out/store',
    packages: { cache: '/cache' },
    lockFile: '/lock',
    updateLock: false,
    signer: undefined,
    buildDate: undefined,
    purgatoryOf: async () => new Uint8Array(1),
    toolVersion: '1.2.3',
    record: undefined,
    tool: undefined,
    jobs: 1,
    keepGoing: true,
    progress: silentProgress,
  });
  const found = must(built).flatMap(({ result }) => (result?.ok === false ? result.problems : []));
  expect(found.map(({ kind }) => kind)).toContain('file-missing');
  expect(host.paths().filter((path) => path.startsWith('/out') || path === '/lock')).toEqual([]);
  return found.flatMap((problem) => explain(problem).notes);
}

test('what goes wrong with one of several profiles says with which', async () => {
  const notes = await notesOf('/web.yaml', '/db.yaml');
  expect(notes).toContain('met while building profile web');
  expect(notes).toContain('met while building profile db');
});

test('of a single profile nothing needs to be told apart', async () => {
  expect((await notesOf('/web.yaml')).join()).not.toContain('met while');
});
