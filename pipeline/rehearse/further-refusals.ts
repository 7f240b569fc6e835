/**
 * The loader stops at the first reason against a bundle. Here that reason is put right in a copy of the facts, and
 * the loader is asked again: every refusal is its own word, and nothing is judged by a second set of rules.
 * Before the signature is right there is nothing to put right: what the bundle says of itself is not known.
 */

import { join } from 'node:path';
import type { ByteOrder } from '../format/layout.ts';
import type { Host } from '../host/host.ts';
import { unpackBundle } from '../seal/archive.ts';
import { decodeSeal, type Seal } from '../seal/seal-codec.ts';
import { readSignature } from '../sign/verify-signature.ts';
import { showDate } from '../units/time.ts';
import { hex, showSize } from '../units/units.ts';
import type { AskLoader } from './ask-loader.ts';
import type { LoaderReport } from './loader-report.ts';

export type Refusal = Pick<LoaderReport, 'status' | 'exitCode' | 'error' | 'hint'> & {
  /** What was put right to come to this one, beside what came before. */
  readonly assuming?: string;
};

export type Further = { readonly refusals: readonly Refusal[]; readonly elseLoaded: boolean };

type Question = {
  readonly host: Host;
  readonly ask: AskLoader;
  readonly path: string;
  /** Where the copy of the facts goes. */
  readonly root: string;
  readonly makeRoot: () => Promise<boolean>;
  readonly now: number | undefined;
  readonly first: LoaderReport;
};

/** No machine has more reasons. */
const roundsMax = 40;

const refusalOf = ({ status, exitCode, error, hint }: LoaderReport): Refusal => ({
  status,
  exitCode,
  ...(error === undefined ? {} : { error }),
  ...(hint === undefined ? {} : { hint }),
});

export async function furtherRefusals(question: Question): Promise<Further> {
  const { host, ask, path, root, makeRoot, first } = question;
  const refusals: Refusal[] = [refusalOf(first)];
  const alone: Further = { refusals, elseLoaded: false };
  const bundle = await readBundle(host, path);
  if (bundle === undefined || !(await makeRoot())) return alone;

  const copy = copyOf(host, root);
  const clock = Math.max(question.now ?? host.now(), floorTime(await copy.read(floorPath)));
  const seen = new Set<string>();
  let report = first;
  let now = question.now;
  for (let round = 0; round < roundsMax; round++) {
    seen.add(reasonOf(report));
    // What the seal says is looked at once the loader has found its signature right.
    const seal = report.bundle === undefined ? undefined : bundle.seal();
    const remedy = await putRight({ report, copy, seal, certified: bundle.certified });
    if (remedy === undefined) return alone;
    now = remedy.now ?? now;
    const next = await ask([path], { root, now });
    // It did not help, or what was put right for one reason makes another.
    if (!next.ok || seen.has(reasonOf(next.value))) return alone;
    report = next.value;
    if (report.exitCode === 0) return { refusals, elseLoaded: true };
    if (isOurs(report, bundle.seal(), now === question.now ? undefined : clock)) continue;
    // A region that was made up may lie on what the kernel has there.
    if (report.status === 'bad-header' && refusals.some(({ status }) => ofRegion.has(status)))
      return alone;
    refusals.push({ ...refusalOf(report), assuming: remedy.assuming });
  }
  return alone;
}

/** Of these there may be several, each about something else; the words of others tell the time. */
const several: ReadonlySet<string> = new Set(['wrong-machine', 'wrong-kernel', 'device-offline']);
const reasonOf = ({ status, error = '' }: LoaderReport): string =>
  several.has(status) ? `${status} ${error}` : status;

const ofRegion: ReadonlySet<string> = new Set(['no-crash-region', 'crash-region-small']);

/** A time that was assumed for the certificates may be wrong for the seal, where the clock is not. */
function isOurs(report: LoaderReport, seal: Seal | undefined, clock: number | undefined): boolean {
  if (clock === undefined || seal === undefined) return false;
  if (report.status === 'clock-wrong') return clock >= (seal.notBefore ?? 0);
  return report.status === 'expired' && clock <= (seal.notAfter ?? clock);
}

type Known = {
  readonly seal: () => Seal | undefined;
  /** The first moment at which every certificate that came along is valid. */
  readonly certified: number | undefined;
};

async function readBundle(host: Host, path: string): Promise<Known | undefined> {
  const archive = await host.readFile(path);
  const members = archive === undefined ? undefined : await unpackBundle(archive);
  if (members?.ok !== true) return undefined;
  const starts = members.value
    .filter(({ name }) => name.endsWith('.p7s'))
    .flatMap(({ bytes }) => {
      const read = readSignature(bytes);
      return read.ok ? read.value.certificates.map(({ notBefore }) => notBefore) : [];
    });
  return {
    seal: () => {
      const bytes = members.value.find(({ name }) => name === 'seal.bin')?.bytes;
      const seal = bytes === undefined ? undefined : decodeSeal(bytes);
      return seal?.ok === true ? seal.value : undefined;
    },
    certified: starts.length === 0 ? undefined : Math.max(...starts),
  };
}

type Copy = {
  readonly read: (path: string) => Promise<string>;
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
};

/** Paths are the machine's: they come from a signed seal or from here, and stay below the root all the same. */
function copyOf(host: Host, root: string): Copy {
  const below = (path: string): string => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    return join(root, ...parts);
  };
  return {
    read: async (path) =>
      new TextDecoder().decode((await host.readFile(below(path))) ?? new Uint8Array()),
    write: async (path, content) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      await host.makeFolder(join(below(path), '..'));
      await host.writeFile(below(path), bytes);
    },
    remove: async (path) => {
      if ((await host.stat(below(path))) !== undefined) await host.remove(below(path));
    },
  };
}

type Situation = {
  readonly report: LoaderReport;
  readonly copy: Copy;
  readonly seal: Seal | undefined;
  readonly certified: number | undefined;
};

type Remedy = { readonly assuming: string; readonly now?: number };

/** The administrator's floor, and what the loader keeps of epoch and time. */
const epochPath = 'etc/crashseal/epoch';
const floorPath = 'var/lib/crashseal/floor';

const floorTime = (floor: string): number => Number(/^time (\d+)$/m.exec(floor)?.[1] ?? 0);

/** Sets one of its two lines to 0; the other goes on to hold. */
async function lowerFloor(copy: Copy, line: 'epoch' | 'time'): Promise<void> {
  const floor = await copy.read(floorPath);
  if (floor !== '')
    await copy.write(floorPath, floor.replace(new RegExp(`^${line} \\d+$`, 'm'), `${line} 0`));
}

async function putRight(situation: Situation): Promise<Remedy | undefined> {
  const { report, copy, seal, certified } = situation;
  const at = async (now: number | undefined): Promise<Remedy | undefined> => {
    if (now === undefined) return undefined;
    await lowerFloor(copy, 'time');
    return { assuming: `that it is ${showDate(now)}`, now };
  };
  switch (report.status) {
    case 'bad-chain':
      return at(certified);
    case 'clock-wrong':
      return at(seal?.notBefore);
    case 'expired':
      return at(seal?.notAfter);
    case 'old-epoch':
      await copy.remove(epochPath);
      await lowerFloor(copy, 'epoch');
      return { assuming: 'that the machine takes every epoch' };
    case 'bad-floor': {
      const path = [epochPath, floorPath].find((one) => report.error?.includes(`/${one}`));
      if (path === undefined) return undefined;
      await copy.remove(path);
      return { assuming: `that there is no /${path}` };
    }
    case 'lockdown':
      await copy.write('sys/kernel/security/lockdown', '[none] integrity confidentiality\n');
      return { assuming: 'that the kernel is not locked down' };
    case 'load-disabled':
      await copy.remove('proc/sys/kernel/kexec_load_disabled');
      await copy.remove('proc/sys/kernel/kexec_load_limit_panic');
      return { assuming: 'that the kernel still allows a load' };
    case 'wrong-machine':
    case 'wrong-kernel':
      return matched(situation);
    case 'device-offline':
      return online(situation);
    case 'too-many-cpus': {
      if (seal === undefined) return undefined;
      const cpus = `0-${seal.maxCpus - 1}\n`;
      for (const name of ['possible', 'present'])
        await copy.write(`sys/devices/system/cpu/${name}`, cpus);
      return { assuming: `that it has ${seal.maxCpus} CPUs` };
    }
    case 'no-crash-region':
    case 'crash-region-small':
      return seal === undefined ? undefined : reserved(copy, seal.crashSize);
    default:
      return undefined;
  }
}

/** The first match rule that the loader's words are about is made true. */
async function matched({ report, copy, seal }: Situation): Promise<Remedy | undefined> {
  const says = report.error ?? '';
  for (const rule of seal?.match ?? []) {
    if (rule.path === '' || !new RegExp(`/${escaped(rule.path)}(?![\\w/.-])`).test(says)) continue;
    switch (rule.kind) {
      case 'absent':
        await copy.remove(rule.path);
        return { assuming: `that there is no /${rule.path}` };
      case 'present':
        await copy.write(rule.path, '');
        return { assuming: `that there is a /${rule.path}` };
      case 'equals':
      case 'prefix':
        await copy.write(rule.path, `${rule.value}\n`);
        return { assuming: `that /${rule.path} says "${rule.value}"` };
      case 'buildId':
        await copy.write(rule.path, buildIdNote(rule.value, seal?.byteOrder ?? 'little'));
        return { assuming: `that the running kernel's build id is ${rule.value}` };
      default:
        return undefined;
    }
  }
  return undefined;
}

/** As /sys/kernel/notes has it: an ELF note of type 3, by "GNU". */
function buildIdNote(id: string, order: ByteOrder): Uint8Array {
  const bytes = Buffer.from(id, 'hex');
  const note = new Uint8Array(16 + ((bytes.length + 3) & ~3));
  const view = new DataView(note.buffer);
  for (const [index, word] of [4, bytes.length, 3].entries())
    view.setUint32(index * 4, word, order === 'little');
  note.set(new TextEncoder().encode('GNU'), 12);
  note.set(bytes, 16);
  return note;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

async function online({ report, copy }: Situation): Promise<Remedy | undefined> {
  const id = /\b0\.[0-3]\.[0-9a-f]{4}\b/.exec(report.error ?? '')?.[0];
  if (id === undefined) return undefined;
  await copy.write(`sys/bus/ccw/devices/${id}/online`, '1\n');
  return { assuming: `that ${id} is online` };
}

const MiB = 1n << 20n;

/** A crash region as large as the bundle wants it, in the middle of the largest memory range below 4 GiB. */
async function reserved(copy: Copy, atLeast: bigint): Promise<Remedy | undefined> {
  const lines = (await copy.read('proc/iomem'))
    .split('\n')
    .filter((line) => !/: Crash kernel$/.test(line));
  // Beside what is planned, the running kernel takes pages of the region for itself.
  const size = ((atLeast + 31n * MiB) / (16n * MiB)) * (16n * MiB);
  let best: { readonly index: number; readonly start: bigint; readonly end: bigint } | undefined;
  for (const [index, line] of lines.entries()) {
    const [, first = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) : System RAM$/.exec(line) ?? [];
    if (first === '') continue;
    const start = BigInt(`0x${first}`);
    const end = BigInt(`0x${last}`) + 1n;
    if (end > 1n << 32n) continue;
    if (best === undefined || end - start > best.end - best.start) best = { index, start, end };
  }
  if (best === undefined || best.end - best.start <= 2n * size) return undefined;
  const start = ((best.start + best.end) / 2n / (16n * MiB)) * (16n * MiB);
  const digits = (value: bigint): string => value.toString(16).padStart(8, '0');
  lines.splice(best.index + 1, 0, `  ${digits(start)}-${digits(start + size - 1n)} : Crash kernel`);
  await copy.write('proc/iomem', lines.join('\n'));
  return { assuming: `a crash region of ${showSize(size)} at ${hex(start)}` };
}
