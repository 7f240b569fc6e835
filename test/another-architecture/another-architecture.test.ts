/**
 * Another architecture is a folder in pipeline/arch and a name in the two lists there: a copy of the pipeline with one
 * that is not there type-checks, and builds a bundle for it, without a change to any other file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../pipeline/format/layout.ts';
import type { Result } from '../../pipeline/problem/result.ts';
import { purgatoryStandIn } from '../fixtures/profile-and-inputs.ts';
import { type ScratchCopy, scratchCopy } from '../fixtures/scratch-copy.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { imageStart } from './vax/image.ts';

const here = 'test/another-architecture';
let copy: ScratchCopy;
let tool: typeof import('./tool.ts').tool;

const read = (path: string): string => readFileSync(path, 'utf8');
const orThrow = <T>(result: Result<T>): T => {
  if (result.ok) return result.value;
  throw new Error(result.problems.map((one) => tool.explain(one).message).join('\n'));
};
const parseProfileText = (file: string, text: string) =>
  tool.parseProfileFiles(file, new Map([[file, new TextEncoder().encode(text)]]));
const kindsOf = (result: Result<unknown>): readonly string[] =>
  result.ok ? [] : result.problems.map(({ kind }) => kind);

/** A folder, its imports and its name. */
function addArchitecture(): void {
  for (const name of readdirSync(join(here, 'vax')))
    copy.add(
      join('pipeline/arch/vax', name),
      read(join(here, 'vax', name))
        .replaceAll('../../../pipeline/arch/', '../')
        .replaceAll('../../../pipeline/', '../../'),
    );
  const list = 'pipeline/arch/arch.ts';
  copy.change(list, 'import { x86_64 }', "import { vax } from './vax/vax.ts';\nimport { x86_64 }");
  copy.change(list, ' } as const', ', vax } as const');
  const starters = 'pipeline/arch/starter-list.ts';
  copy.change(
    starters,
    'import { starters as x86_64 }',
    "import { starters as vax } from './vax/starters.ts';\nimport { starters as x86_64 }",
  );
  copy.change(starters, '  ia64,\n', '  ia64,\n  vax,\n');
}

beforeAll(async () => {
  copy = scratchCopy();
  addArchitecture();
  copy.add('tool.ts', read(join(here, 'tool.ts')).replaceAll('../../pipeline/', './pipeline/'));
  ({ tool } = (await copy.load('tool.ts')) as typeof import('./tool.ts'));
});
afterAll(() => copy.remove());

test('the compiler finds no other place that would have to know it', () => {
  expect(copy.typeErrors()).toBe('');
});

const profileText = (more = ''): string => `name: mini
arch: vax
kernel: { from: files, image: /in/image }
initramfs: { from: file, path: /in/initramfs }
crashkernel: 64M
target: { kind: raw, device: /dev/dra0 }
console: { device: opa0 }
${more}`;

describe('a profile', () => {
  test('gets what the architecture means by default', () => {
    expect(orThrow(parseProfileText('mini.yaml', profileText()))).toMatchObject({
      arch: 'vax',
      kernelForm: 'microcode',
      memoryMap: 'nexus',
      elfcorehdr: 'passed',
      console: { kind: 'uart', port: 0x200 },
      onCorruption: [{ kind: 'message' }, { kind: 'halt' }],
    });
  });

  test('may say what the architecture has', () => {
    const own = 'machineLevel: ka780\nelfcorehdr: none\nmemoryMap: nexus\n';
    expect(orThrow(parseProfileText('mini.yaml', profileText(own)))).toMatchObject({
      machineLevel: 'ka780',
      elfcorehdr: 'none',
    });
  });

  test.each([
    ['kernelForm: direct', 'not-on-arch'],
    ['memoryMap: e820', 'not-on-arch'],
    ['backend: auto', 'not-on-arch'],
    ['onCorruption: [message, reset, halt]', 'not-on-arch'],
    ['commandLine: { append: [elfcorehdr=1] }', 'own-word'],
    ['commandLine: { remove: [nomchk] }', 'form-needs-word'],
  ])('is refused with %s', (line, kind) => {
    expect(kindsOf(parseProfileText('mini.yaml', profileText(`${line}\n`)))).toContain(kind);
  });

  test.each(['memoryMap: nexus', 'kernelForm: microcode', 'machineLevel: ka750'])(
    'of another architecture is refused with %s',
    (line) => {
      const other = profileText(`${line}\n`)
        .replace('arch: vax\n', '')
        .replace('console: { device: opa0 }\n', '');
      expect(kindsOf(parseProfileText('pc.yaml', other))).toContain('not-on-arch');
    },
  );
});

test('the reference says what it has', () => {
  const { 'profile sections': sections = '' } = tool.profileDocParts();
  expect(sections).toContain('`nexus` on vax');
  expect(sections).toContain('`nexus`: from the nexus registers (vax).');
  expect(sections).toContain('`[massbus?]` on vax');
  expect(sections).toContain('s390x and vax: the oldest machine');
  expect(sections).toMatch(
    /`halt`: stop, for a watchdog or an operator; final \(x86_64\b[^)]* and vax\)\./,
  );
});

test('a starter profile for its machines is a sound profile', async () => {
  const host = tool.memoryHost({
    '/proc/cpuinfo': new TextEncoder().encode('cpu\t: VAX-11/780\n'),
  });
  const found = await tool.guessClass(host);
  expect(found).toBe('minicomputer');
  expect(tool.machineClasses).toContain(found);
  const text = tool.starterProfile(found, 'mini', {
    kernelRelease: undefined,
    memory: undefined,
    possibleCpus: undefined,
    productName: undefined,
    devices: [],
  });
  expect(text).toContain('image: build/arch/vax/boot/image');
  expect(text).toContain('The printing console');
  expect(orThrow(parseProfileText('mini.yaml', text)).arch).toBe('vax');
});

describe('a bundle', () => {
  const image = new Uint8Array(0x3000).fill(0x01);
  image.set(
    encode(imageStart, {
      magic: new TextEncoder().encode('VAX!'),
      initrdStart: 0,
      release: new TextEncoder().encode('6.1.0-vax'.padEnd(16, '\0')),
      commandLineSize: 256,
      entry: 0x200,
    }),
  );

  const built = async (kernel: Uint8Array) => {
    const host = tool.memoryHost({
      '/mini.yaml': new TextEncoder().encode(profileText()),
      '/in/image': kernel,
      '/in/initramfs': smallInitramfs(),
    });
    const result = await tool.build(host, {
      profiles: ['/mini.yaml'],
      out: '/out',
      store: '/store',
      packages: { cache: '/cache' },
      lockFile: '/lock',
      updateLock: false,
      signer: undefined,
      buildDate: undefined,
      purgatoryOf: async () => purgatoryStandIn(75, 0x3000),
      toolVersion: '0',
      record: undefined,
      tool: undefined,
      jobs: 1,
      keepGoing: false,
      progress: silentProgress,
    });
    const [one] = orThrow(result);
    if (one?.result === undefined) throw new Error('no outcome');
    return { host, result: one.result };
  };

  test('is built, with the kernel where the architecture wants it', async () => {
    const { host, result } = await built(image);
    orThrow(result);
    const line = 'nomchk panic=10 console=opa0';
    const seal = orThrow(
      tool.sealOf(orThrow(await tool.openBundle(host, '/out/mini.unsigned.crashseal'))),
    );
    const kernel = seal.segments.find(({ kind }) => kind === 'kernel');
    expect(kernel?.place).toBe(1n << 20n);
    expect(seal).toMatchObject({
      machine: 75,
      byteOrder: 'little',
      release: '6.1.0-vax',
      commandLine: line,
    });
  });

  test('is refused for a kernel of another architecture', async () => {
    const { result } = await built(new Uint8Array(0x3000));
    expect(kindsOf(result)).toEqual(['kernel-not-image']);
  });
});
