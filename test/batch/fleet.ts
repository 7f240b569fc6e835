/** A folder of profiles that differ as those of a fleet do, over one kernel, and builds of them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchRequest, build, type ProfileOutcome } from '../../pipeline/batch/batch.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { sha256 } from '../../pipeline/units/sha256.ts';
import { must } from '../fixtures/results.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { testCache, testKernelDeb } from '../support/kernels.ts';

export type Fleet = {
  readonly folder: string;
  readonly files: readonly string[];
  readonly file: (name: string) => string;
  readonly write: (name: string, text: string) => string;
  readonly profileText: (name: string, change?: string) => string;
  readonly request: (change?: Partial<BatchRequest>) => BatchRequest;
  readonly build: (
    change?: Partial<BatchRequest>,
    host?: Host,
  ) => Promise<readonly ProfileOutcome[]>;
  readonly remove: () => void;
};

/** What profiles may say beside their names; each comes with every kernel form and initramfs. */
const says = [
  'crashkernel: 256M',
  'crashkernel: 320M\nlimits: { cpus: 16, memoryRanges: 16 }',
  'crashkernel: 256M\nonCorruption: [halt]',
  'crashkernel: 256M\nconsole: { device: ttyS1 }\nepoch: 7',
];

export async function makeFleet(count: number): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'crashseal-fleet-'));
  const { path: deb } = await testKernelDeb('6.1');
  writeFileSync(join(folder, 'a.cpio'), smallInitramfs());
  writeFileSync(join(folder, 'b.cpio'), Buffer.concat([smallInitramfs(), Buffer.alloc(512)]));
  const file = (name: string): string => join(folder, `${name}.yaml`);
  const write = (name: string, text: string): string => {
    writeFileSync(file(name), text);
    return file(name);
  };
  const profileText = (name: string, change = says[0] ?? ''): string => {
    const number = Number(/\d+/.exec(name)?.[0] ?? 0);
    return `name: ${name}
kernel: { from: deb, path: ${deb} }
kernelForm: compressed
initramfs: { from: file, path: ${number % 2 === 0 ? 'a' : 'b'}.cpio }
target: { kind: raw, device: SERIAL=dump-${name} }
${change}
`;
  };
  const files = Array.from({ length: count }, (_, at) =>
    write(`web-${at}`, profileText(`web-${at}`, says[at % says.length])),
  );
  const request = (change: Partial<BatchRequest> = {}): BatchRequest => {
    const out = change.out ?? join(folder, 'out');
    return {
      profiles: files,
      out,
      store: join(folder, 'store'),
      record: join(out, 'store', 'built.json'),
      packages: { cache: testCache() },
      lockFile: join(folder, 'lock'),
      updateLock: false,
      signer: undefined,
      buildDate: undefined,
      purgatoryOf: async () => Uint8Array.from(readFileSync('out/native/x86_64/purgatory.bin')),
      toolVersion: '0',
      tool: 'this one',
      jobs: 2,
      keepGoing: false,
      progress: silentProgress,
      ...change,
    };
  };
  return {
    folder,
    files,
    file,
    write,
    profileText,
    request,
    build: async (change, host = realHost()) => must(await build(host, request(change))),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Digests of the files of a folder, those of folders in it left out. */
export const digestsIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, sha256(Uint8Array.from(readFileSync(join(folder, name))))]),
  );

/** Refuses to change anything. */
export function readOnly(host: Host): Host {
  const refuse = async (path: string): Promise<never> => {
    throw new Error(`${path} is to stay as it is`);
  };
  return {
    ...host,
    writeFile: refuse,
    createFile: refuse,
    makeFolder: refuse,
    makeLink: refuse,
    rename: refuse,
    remove: refuse,
    exclusively: refuse,
    withTempFolder: () => refuse('a temporary folder'),
    run: refuse,
  };
}
