/**
 * What the loader reports with `--json`: every key, its shape, and from which step of a run on it is there.
 * From here come the type, the strict reader, the loader's own list of keys, and the tables in docs/loader.md.
 */
import { type KebabCase, kebabKeys } from '../units/kebab-case.ts';
import { expiring } from './expiring.ts';
import { loaderDetails } from './loader-detail.ts';
import { loaderStatuses } from './loader-status.ts';
import { probeAnswers } from './probe-layout.ts';
import {
  count,
  date,
  digits,
  flag,
  hexNumber,
  isObject,
  type Keys,
  listOf,
  type Misfit,
  misfitOfKeys,
  type ObjectOf,
  object,
  orNull,
  text,
  unknownKey,
  word,
} from './report-shape.ts';
import { fileLosses, fileReasons } from './seal-layout.ts';

export type LoaderStatus = KebabCase<keyof typeof loaderStatuses>;

const status = { shape: word(kebabKeys(loaderStatuses)), doc: 'how it ended: the table above' };
const exitCode = { shape: count, doc: 'the code of that status' };

/** What failed, for people and for programs. */
const failure = {
  error: { shape: text, doc: 'what is wrong, for people: the words may change' },
  detail: {
    shape: word(kebabKeys(loaderDetails)),
    maybe: true,
    doc: 'the same more closely than the status, for programs: the table below',
  },
  index: {
    shape: count,
    maybe: true,
    doc: 'which of several it is about, from 0: the match rule, live value, member or segment of the seal',
  },
  path: { shape: text, maybe: true, doc: 'the file that it is about' },
} as const satisfies Keys;

const range = object({
  start: { shape: hexNumber, doc: 'its first address' },
  size: { shape: hexNumber, doc: 'its size' },
});

/** Would a dump arrive? Where the seal has dump targets. */
const health = {
  wouldDump: {
    shape: orNull(flag),
    maybe: true,
    doc: 'whether a dump would reach one of the targets; null when that cannot be seen',
  },
  firstTarget: {
    shape: count,
    maybe: true,
    doc: 'the first target that it would reach, from 1; 0 when none',
  },
  targets: {
    shape: listOf(
      object({
        answer: {
          shape: word(kebabKeys(probeAnswers)),
          doc: 'what was found, of several things the worst: the table in "Would it dump?"',
        },
        device: {
          shape: text,
          doc: "name of the device or interface in sysfs; empty when there's none",
        },
        words: { shape: text, doc: 'the same for people; empty when all is as it must be' },
      }),
    ),
    maybe: true,
    doc: 'each dump target, in order',
  },
} as const satisfies Keys;

export const loaderReport = {
  /** In every report. */
  always: {
    status,
    exitCode,
    action: {
      shape: word(['armed', 'would arm', 'emitted', 'verified', 'unloaded', 'refused']),
      doc: 'what was done',
    },
    milliseconds: { shape: count, doc: 'from the start of the program to the end of the work' },
  },
  /** Where `status` is not `ok`. */
  failed: { ...failure, hint: { shape: text, doc: 'what to do next; empty where nothing helps' } },
  /** Once enough signatures over the seal are right. */
  signed: {
    sealDigest: {
      shape: digits,
      doc: 'SHA-256 of `seal.bin`: what is signed, and what names the bundle',
    },
    bundle: {
      shape: object({
        markerName: {
          shape: orNull(digits),
          doc: 'what the record on the dump target calls it (`bundle=`); null where it writes none',
        },
        profile: { shape: text, doc: 'name of the profile' },
        architecture: { shape: text, doc: 'of the capture kernel' },
        kernelRelease: { shape: text, doc: 'of the capture kernel; empty where it is not known' },
        kernelBuildId: { shape: digits, doc: 'its GNU build id; zeros where it has none' },
        epoch: { shape: count, doc: 'a machine may have a floor for it' },
        notBefore: { shape: orNull(date), doc: 'when it was built' },
        notAfter: { shape: orNull(date), doc: 'its last moment' },
        crashSize: { shape: hexNumber, doc: 'the crash region that it needs' },
        testing: { shape: flag, doc: 'for testing only' },
      }),
      doc: 'what the seal says of the bundle',
    },
    signers: {
      shape: listOf(
        object({
          name: { shape: text, doc: 'common name of the certificate' },
          fingerprint: { shape: digits, doc: 'SHA-256 of the certificate' },
          developmentKey: { shape: flag, doc: 'nothing for production' },
        }),
      ),
      doc: 'whose signatures are good, each with another key',
    },
    attestation: {
      shape: orNull(
        object({
          result: { shape: word(['passed', 'warned']), doc: 'what it states' },
          tester: { shape: text, doc: "common name of the tester's certificate" },
          fingerprint: { shape: digits, doc: 'SHA-256 of that certificate' },
        }),
      ),
      doc: 'that the bundle was tried, by a tester whom the machine trusts; null where no attestation counts',
    },
    noAttestation: {
      shape: text,
      maybe: true,
      doc: 'why none counts, where the trust store does not require one',
    },
    expiring: {
      shape: listOf(
        object({
          what: {
            shape: word(kebabKeys(expiring)),
            doc: 'names from the table in "What ends soon"',
          },
          of: { shape: text, doc: 'name of the profile, or common name of the signer' },
          notAfter: { shape: date, doc: 'its last moment' },
        }),
      ),
      doc: 'after this the next load is refused, within 30 days',
    },
    guarantees: {
      shape: object({
        signature: { shape: flag, doc: 'the seal is signed as the trust store wants it' },
        memberDigests: { shape: flag, doc: 'every member has its sealed digest' },
        elfCoreHeaderChecked: {
          shape: flag,
          doc: 'the ELF core header was read again as a capture kernel would',
        },
        digestsCheckedAfterPanic: {
          shape: flag,
          doc: 'purgatory checks the digests that were signed',
        },
        crashHotplug: {
          shape: flag,
          doc: 'the kernel may rewrite the ELF core header, which is then not checked',
        },
        loadsLimited: { shape: flag, doc: 'no further load until the next boot' },
      }),
      doc: 'what holds of what is armed',
    },
    guaranteesGone: {
      shape: listOf(word(kebabKeys(fileLosses))),
      doc: 'names from the table in "Backends"',
    },
  },
  /** Once the machine was read. */
  read: {
    machine: {
      shape: object({
        kernelRelease: { shape: text, doc: 'of the running kernel' },
        crashRegion: { shape: range, doc: 'the one that is loaded into' },
        lowCrashRegion: { shape: orNull(range), doc: 'the one below 4 GiB, where there are two' },
        dumpRanges: { shape: listOf(range), doc: 'memory to be dumped' },
        cpuNotes: { shape: listOf(range), doc: 'where each CPU leaves its registers' },
        cpus: { shape: count, doc: 'how many these are' },
        vmcoreinfo: { shape: range, doc: "the kernel's description of itself" },
        directMap: { shape: hexNumber, maybe: true, doc: 'where memory is mapped' },
        kernelTextVirtual: { shape: hexNumber, maybe: true, doc: "the kernel's text, mapped" },
        kernelTextPhysical: { shape: hexNumber, maybe: true, doc: 'the same in memory' },
        kernelTextSize: { shape: hexNumber, maybe: true, doc: 'its size' },
        acpiRsdp: { shape: hexNumber, doc: 'ACPI root pointer; 0 where there is none' },
        cpuFeatures: { shape: listOf(text), doc: 'those that purgatory may use' },
      }),
      doc: 'what the machine says of itself',
    },
    backend: { shape: word(['segments', 'file']), doc: 'by which call: see "Backends"' },
    backendBecause: {
      shape: word(kebabKeys(fileReasons)),
      maybe: true,
      doc: 'why not by segments, where the bundle left the choice',
    },
    localOverlay: {
      shape: orNull(
        object({
          size: { shape: count, doc: 'its size' },
          sha256: { shape: digits, doc: 'its digest' },
        }),
      ),
      doc: 'see "Local overlay"',
    },
    commandLine: {
      shape: text,
      maybe: true,
      doc: 'once segments have their places, or are left to the kernel; with live words once they are filled in',
    },
  },
  /** Once all was right. */
  healthy: health,
  /** Once each segment has its place. */
  placed: {
    segments: {
      shape: listOf(
        object({
          name: { shape: text, doc: 'as in the seal' },
          kind: { shape: text, doc: 'as in the seal' },
          mem: { shape: hexNumber, doc: 'its place' },
          memsz: { shape: hexNumber, doc: 'its size there' },
          bufsz: { shape: hexNumber, doc: 'bytes that are loaded; the rest is zeros' },
          asPlanned: { shape: flag, doc: 'it did not have to move' },
          holdsLiveValues: { shape: flag, doc: 'something of this machine is filled in' },
        }),
      ),
      doc: 'what is loaded where',
    },
    entry: { shape: hexNumber, doc: 'where the machine enters after the panic' },
  },
  /** Of several bundles. */
  several: {
    file: { shape: text, doc: 'path of the bundle that the report is about' },
    refused: {
      shape: listOf(object({ bundle: { shape: text, doc: 'its path' }, status, ...failure })),
      doc: 'each other one that was refused',
    },
    leftOut: {
      shape: count,
      maybe: true,
      doc: 'how many more there were that the list does not have room for: refused, or of lower epochs',
    },
  },
} as const satisfies Readonly<Record<string, Keys>>;

/** After a failed call that left nothing armed. */
export const rearmedKey = 'rearmed';

/** With `--status`. */
export const statusReport = {
  status,
  exitCode,
  armed: { shape: flag, doc: 'the kernel says so' },
  reserved: { shape: count, maybe: true, doc: 'bytes that are reserved for a capture kernel' },
  lastRefusal: {
    shape: text,
    maybe: true,
    doc: 'why the last load was refused, where one was since what is armed was armed',
  },
  needed: {
    shape: count,
    maybe: true,
    doc: 'bytes that the installed bundle needs, where it can be read and its signatures are right',
  },
  nextRefused: {
    shape: flag,
    maybe: true,
    doc: 'whether the installed bundle would be refused now, as far as seal, signatures, time and match rules tell',
  },
  nextRefusal: { shape: text, maybe: true, doc: 'why it would be' },
  sealDigest: { shape: digits, maybe: true, doc: 'SHA-256 of the seal: the name of the bundle' },
  file: { shape: text, maybe: true, doc: 'the bundle, as it was named' },
  signer: { shape: text, maybe: true, doc: 'who signed it, the first of several' },
  armedAt: { shape: orNull(date), maybe: true, doc: 'when it was armed' },
  notAfter: { shape: orNull(date), maybe: true, doc: 'when the bundle ends' },
  certificatesUntil: {
    shape: orNull(date),
    maybe: true,
    doc: 'when the first of the certificates ends that it is trusted by: of its signatures, of the revocation list, of the tester where one is required',
  },
  outdated: {
    shape: orNull(flag),
    maybe: true,
    doc: 'whether the file is gone, or another bundle by now; null when that cannot be seen',
  },
  fallback: {
    shape: flag,
    maybe: true,
    doc: 'whether what is armed stands in for a bundle that was refused',
  },
  ...health,
  record: {
    shape: orNull(object({})),
    doc: 'the report of the load; null when nothing is armed, or not by this program since boot',
  },
} as const satisfies Keys;

export type StatusReport = ObjectOf<typeof statusReport>;

type Groups = typeof loaderReport;
type RunReport = ObjectOf<Groups['always']> &
  Partial<ObjectOf<Groups['failed']>> &
  Partial<ObjectOf<Groups['signed']>> &
  Partial<ObjectOf<Groups['read']>> &
  Partial<ObjectOf<Groups['placed']>> &
  Partial<ObjectOf<Groups['healthy']>>;
export type LoaderReport = RunReport &
  Partial<ObjectOf<Groups['several']>> & { readonly rearmed?: RunReport };
export type ReportedRange = { readonly start: string; readonly size: string };

const { always, failed, signed, read, placed, healthy, several } = loaderReport;

/** Each with the one that it must not come without. */
const steps = [signed, read, placed] as const;

const some = (keys: Keys, value: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(keys).some((name) => Object.hasOwn(value, name));

function misfitOfRun(
  value: Readonly<Record<string, unknown>>,
  prefix: string,
  more: readonly Keys[],
): Misfit | undefined {
  let misfit = misfitOfKeys(always, value, prefix);
  if (value.status !== 'ok') misfit ??= misfitOfKeys(failed, value, prefix);
  else if (some(failed, value))
    misfit ??= { at: `${prefix}status`, want: 'the status of a failure' };
  // A run that came to a step came to those before it.
  const last = steps.findLastIndex((keys) => some(keys, value));
  for (const keys of steps.slice(0, last + 1)) misfit ??= misfitOfKeys(keys, value, prefix);
  misfit ??= misfitOfKeys(healthy, value, prefix);
  return misfit ?? unknownKey([always, failed, ...steps, healthy, ...more], value, prefix);
}

/** What `--json` gave, after JSON.parse(): a report, or what is not as declared. */
export function readLoaderReport(
  value: unknown,
):
  | { readonly ok: true; readonly value: LoaderReport }
  | { readonly ok: false; readonly misfit: Misfit } {
  if (!isObject(value)) return { ok: false, misfit: { at: 'the whole', want: 'an object' } };
  const { [rearmedKey]: rearmed, ...own } = value;
  let misfit = misfitOfRun(own, '', [several]);
  if (some(several, own)) misfit ??= misfitOfKeys(several, own, '');
  if (rearmed !== undefined)
    misfit ??= isObject(rearmed)
      ? misfitOfRun(rearmed, `${rearmedKey}.`, [])
      : { at: rearmedKey, want: 'an object' };
  return misfit === undefined ? { ok: true, value: value as LoaderReport } : { ok: false, misfit };
}

/** What `--status --json` gave. */
export function misfitOfStatus(value: unknown): Misfit | undefined {
  if (!isObject(value)) return { at: 'the whole', want: 'an object' };
  const { record, ...own } = value;
  const misfit =
    misfitOfKeys(statusReport, { ...own, record: null }, '') ?? unknownKey([statusReport], own, '');
  if (misfit !== undefined || record === null) return misfit;
  const kept = readLoaderReport(record);
  return kept.ok ? undefined : { ...kept.misfit, at: `record.${kept.misfit.at}` };
}

/** Every key with its path (`segments[].mem`), in order. */
export function reportPaths(
  keys: Keys,
  prefix = '',
): readonly { readonly path: string; readonly name: string; readonly doc: string }[] {
  return Object.entries(keys).flatMap(([name, { shape, doc }]) => {
    const path = `${prefix}${name}`;
    const inner = shape.kind === 'list' || shape.kind === 'orNull' ? shape.of : shape;
    const below = shape.kind === 'list' ? `${path}[].` : `${path}.`;
    return [
      { path, name, doc },
      ...(inner.kind === 'object' ? reportPaths(inner.keys, below) : []),
    ];
  });
}
