/** Saves one dump into a folder of its own: all of it or nothing. */
import { decrypt, headerMost } from '../age/decrypt.ts';
import type { AnyIdentity } from '../age/identity-file.ts';
import type { Host, NewFile } from '../host/host.ts';
import { fail, ok, type Result } from '../problem/result.ts';
import { showSize } from '../units/units.ts';
import { type ByteSource, chunksOf } from './byte-source.ts';
import type { Dump, Stored } from './dump.ts';
import { type DumpKind, elfSize, kindOf, vmcoreinfoOf } from './dump-header.ts';
import { rearrange } from './flattened.ts';
import { type PanicSummary, summarize } from './kernel-log.ts';
import {
  crashTime,
  type DumpFile,
  type Report,
  reportOn,
  stampedName,
  stampOf,
  startTime,
} from './report.ts';

export type Saving = {
  readonly out: string;
  /** Where it lies, for a person. */
  readonly from: string;
  /** None: what is encrypted stays so. */
  readonly identities: readonly AnyIdentity[];
  readonly say: (detail: string) => void;
};

export type Saved = { readonly folder: string; readonly report: Report };

const ownerOnly = 0o600;
const largestLog = 64 << 20;

export async function saveDump(host: Host, dump: Dump, saving: Saving): Promise<Result<Saved>> {
  const known = startTime(dump);
  if (known !== undefined && (await placeAt(host, dump, known, saving)) === undefined)
    return thereAlready(saving, known);
  try {
    return await host.withTempFolder((folder) => saveIn(host, dump, folder, saving), saving.out);
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code))
    )
      return fail({ area: 'savecore', kind: 'disk-full', folder: saving.out, dump: saving.from });
    throw error;
  }
}

const thereAlready = ({ out, from }: Saving, time: number) =>
  fail({ area: 'savecore', kind: 'already-there', folder: `${out}/${stampOf(time)}`, dump: from });

async function saveIn(
  host: Host,
  dump: Dump,
  folder: string,
  saving: Saving,
): Promise<Result<Saved>> {
  // The log first: it is what can be read of a dump that is cut.
  const log = dump.log && (await saveLog(host, dump.log, folder, saving));
  if (log?.ok === false) return log;
  const vmcore = dump.vmcore && (await saveVmcore(host, dump, dump.vmcore, folder, saving));
  if (vmcore?.ok === false) return vmcore;
  const file = vmcore?.value;
  const vmcoreinfo =
    file === undefined ? undefined : await vmcoreinfoIn(host, `${folder}/${file.file}`);
  const told =
    log?.value ?? (file === undefined ? undefined : await logOfDump(host, folder, file, saving));
  const now = host.now();
  const time = startTime(dump) ?? crashTime(vmcoreinfo);
  const report = reportOn({
    dump,
    from: saving.from,
    now,
    vmcore: file,
    log: told?.file,
    summary: told?.summary,
    vmcoreinfo,
  });
  await host.writeFile(
    `${folder}/report.json`,
    new TextEncoder().encode(`${JSON.stringify(report, sorted(report), 2)}\n`),
    ownerOnly,
  );
  const place =
    time === undefined
      ? // The time of saving names no dump: another one may have it too.
        await firstPlace(host, saving.out, now, async () => 'another')
      : await placeAt(host, dump, time, saving);
  if (place === undefined) return thereAlready(saving, time ?? now);
  await host.rename(folder, place);
  return ok({ folder: place, report });
}

/** Undefined where the dump is there already. Machines that panic in one second have a folder each. */
const placeAt = (host: Host, dump: Dump, time: number, { out }: Saving) =>
  firstPlace(host, out, time, async (taken) => {
    const bytes = await host.readSmallFile(`${taken}/report.json`, 1 << 20);
    const from = bytes instanceof Uint8Array ? fromOf(Buffer.from(bytes).toString('latin1')) : '';
    const theirs = stampedName(from);
    const ours = stampedName(dump.name);
    return theirs !== undefined && ours !== undefined && theirs !== ours ? 'another' : 'the same';
  });

async function firstPlace(
  host: Host,
  out: string,
  time: number,
  holds: (taken: string) => Promise<'another' | 'the same'>,
): Promise<string | undefined> {
  for (let number = 1; ; number += 1) {
    const place = `${out}/${stampOf(time)}${number === 1 ? '' : `-${number}`}`;
    if ((await host.stat(place)) === undefined) return place;
    if ((await holds(place)) === 'the same') return undefined;
  }
}

function fromOf(report: string): string {
  try {
    return String((JSON.parse(report) as { readonly from?: unknown }).from);
  } catch {
    return '';
  }
}

const sorted = (report: Report): string[] =>
  [...Object.keys(report), ...Object.keys(report.dump)].sort();

async function vmcoreinfoIn(host: Host, path: string) {
  const file = await host.openFile(path);
  if (file === undefined || file === 'not-a-file') return undefined;
  try {
    return await vmcoreinfoOf(file);
  } finally {
    await file.close();
  }
}

type Log = { readonly file: string; readonly summary: PanicSummary | undefined };

async function saveLog(
  host: Host,
  stored: Stored,
  folder: string,
  saving: Saving,
): Promise<Result<Log>> {
  const opened = await plain(stored, saving);
  if (!opened.ok) return opened;
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Of one that the disk does not give to its end, what there is.
  for await (const chunk of opened.value.chunks) {
    size += chunk.length;
    if (size > largestLog) break;
    pieces.push(chunk);
  }
  const name = opened.value.encrypted ? 'dmesg.txt.age' : 'dmesg.txt';
  await host.writeFile(`${folder}/${name}`, pieces, ownerOnly);
  const text = Buffer.concat(pieces).toString('latin1');
  return ok({ file: name, summary: opened.value.encrypted ? undefined : summarize(text) });
}

/** Where the capture kernel kept no log, makedumpfile may find it: in dumps of this machine's architecture, and where it is installed. */
async function logOfDump(
  host: Host,
  folder: string,
  file: DumpFile,
  { say }: Saving,
): Promise<Log | undefined> {
  if (file.format === null || file.cut !== undefined) return undefined;
  say('looking for the kernel log');
  const ran = await host.run(
    'makedumpfile',
    ['--dump-dmesg', '--', `${folder}/${file.file}`, `${folder}/dmesg.txt`],
    { timeoutMs: 60_000 },
  );
  const bytes =
    ran.ok && ran.value.exitCode === 0
      ? await host.readSmallFile(`${folder}/dmesg.txt`, largestLog)
      : undefined;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    await host.remove(`${folder}/dmesg.txt`);
    return undefined;
  }
  return { file: 'dmesg.txt', summary: summarize(Buffer.from(bytes).toString('latin1')) };
}

type Plain = {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** It is so still. */
  readonly encrypted: boolean;
  /** Once it has been read: is it all that was encrypted? */
  readonly whole: () => boolean;
  /** Once it has been read: the byte of the source that the disk did not give, where it ends for that. */
  readonly unread: () => bigint | undefined;
};

async function plain(stored: Stored, saving: Saving): Promise<Result<Plain>> {
  const { source, encrypted } = stored;
  let fault: bigint | undefined;
  const unread = () => fault;
  const chunks = chunksOf(source, (at) => {
    fault = at;
  });
  if (!encrypted || saving.identities.length === 0)
    return ok({ chunks, encrypted, whole: () => true, unread });
  const head = await source.read(0n, headerMost);
  const decrypted = await decrypt(head, chunks, saving.identities);
  switch (decrypted.kind) {
    case 'stream':
      return ok({ chunks: decrypted.chunks, encrypted: false, whole: decrypted.whole, unread });
    case 'wrong-identity':
      return fail({
        area: 'savecore',
        kind: 'identity-wrong',
        dump: saving.from,
        count: saving.identities.length,
      });
    case 'damaged-header':
      return fail({
        area: 'savecore',
        kind: 'dump-useless',
        dump: saving.from,
        why: 'header',
        detail: 'nothing that follows can be decrypted',
      });
  }
}

async function saveVmcore(
  host: Host,
  dump: Dump,
  stored: Stored,
  folder: string,
  saving: Saving,
): Promise<Result<DumpFile>> {
  const opened = await plain(stored, saving);
  if (!opened.ok) return opened;
  const { encrypted, whole } = opened.value;
  const stream = await peeked(counted(opened.value.chunks, stored.source, saving.say));
  const kind = encrypted ? undefined : kindOf(stream.head);
  if (!encrypted && kind === undefined)
    return fail({
      area: 'savecore',
      kind: 'dump-useless',
      dump: saving.from,
      why: 'foreign',
      detail: whole()
        ? 'it has no magic of makedumpfile or of an ELF file'
        : 'nothing of it could be decrypted',
    });
  const name = encrypted ? 'vmcore.age' : 'vmcore';
  const file = await host.createFile(`${folder}/${name}`, ownerOnly);
  let written: Written;
  try {
    written =
      kind === 'flattened'
        ? await rearranged(stream.chunks, file)
        : await copied(stream.chunks, file);
    await file.sync();
  } finally {
    await file.close();
  }
  const format = kind === 'flattened' || kind === 'kdump' ? 'kdump' : kind === 'elf' ? 'elf' : null;
  const cut = whyCut(dump, kind, stream.head, written, opened.value);
  if (cut === undefined) return ok({ file: name, format, size: written.size, cut });
  const incomplete = `${name}.incomplete`;
  await host.rename(`${folder}/${name}`, `${folder}/${incomplete}`);
  return ok({ file: incomplete, format, size: written.size, cut });
}

function whyCut(
  { state, sizeFault }: Dump,
  kind: DumpKind | undefined,
  head: Uint8Array,
  { size, cut }: Written,
  { whole, unread }: Plain,
): string | undefined {
  // One with a last record of its own is whole when that was met, whatever is said of it or follows.
  if (kind === 'flattened' && cut === undefined) return undefined;
  const fault = unread();
  if (fault !== undefined) return `the disk does not give what follows byte ${fault}`;
  if (kind === 'flattened') return cut;
  if (!whole()) return 'the encrypted stream is cut or damaged';
  const expected = kind === 'elf' ? elfSize(head) : undefined;
  if (expected !== undefined && size < expected)
    return `it has ${size} bytes, and its header says ${expected}`;
  if (sizeFault !== undefined) return sizeFault;
  return state === 'cut' || state === 'failed' ? 'it was cut while it was written' : undefined;
}

type Written = { readonly size: bigint; readonly cut: string | undefined };

async function rearranged(chunks: AsyncIterable<Uint8Array>, file: NewFile): Promise<Written> {
  const { size, cut, read } = await rearrange(chunks, file.write);
  const why = cut === 'ends' ? 'the stream ends' : 'there is something else';
  return {
    size,
    cut: cut === undefined ? undefined : `${why} after ${read} bytes, before its last record`,
  };
}

async function copied(chunks: AsyncIterable<Uint8Array>, file: NewFile): Promise<Written> {
  let size = 0n;
  for await (const chunk of chunks) {
    await file.write(size, chunk);
    size += BigInt(chunk.length);
  }
  return { size, cut: undefined };
}

const sayEvery = 32n << 20n;

/** Says how far it is. */
async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  source: ByteSource,
  say: (detail: string) => void,
): AsyncGenerator<Uint8Array, void> {
  let done = 0n;
  let said = 0n;
  for await (const chunk of chunks) {
    yield chunk;
    done += BigInt(chunk.length);
    if (done - said < sayEvery) continue;
    said = done;
    say(`${showSize(done)} of at most ${showSize(source.size)}`);
  }
}

/** The first bytes, and all of them again. */
async function peeked(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  while (size < 4096) {
    const next = await source.next();
    if (next.done === true) break;
    held.push(next.value);
    size += next.value.length;
  }
  const all = async function* (): AsyncGenerator<Uint8Array, void> {
    yield* held;
    for (;;) {
      const next = await source.next();
      if (next.done === true) return;
      yield next.value;
    }
  };
  return { head: new Uint8Array(Buffer.concat(held)), chunks: all() };
}
