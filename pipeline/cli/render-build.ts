import type { Problem } from '../problem/problem.ts';
import type { Ending } from '../seal/endings.ts';
import { shownOnlyWords } from '../seal/shown-only-words.ts';
import { testingWords } from '../seal/testing-words.ts';
import type { Digest } from '../units/units.ts';
import { showSize } from '../units/units.ts';
import { endingLines } from './ending-words.ts';
import { hangsOnPanicWords } from './hang-words.ts';
import { textTable } from './text-table.ts';

export type BuiltView = {
  readonly path: string;
  readonly profile: string;
  readonly release: string | undefined;
  readonly size: number;
  /** It was there already, as this build would have made it. */
  readonly unchanged: boolean;
  readonly signed: boolean;
  /** With a key made for trying things out. */
  readonly development: boolean;
  /** Purgatory may do what is right in an emulator only. */
  readonly testing: boolean;
  /** Why nothing can load it; undefined: something can. */
  readonly shownOnly: string | undefined;
  /** Of seal.bin: what is signed, and what names the bundle. */
  readonly sealDigest: Digest;
  /** What the record on the dump target calls the bundle. */
  readonly markerName: string | undefined;
  /** Bytes of crash region with which a dump may just be saved, and what the profile reserves. */
  readonly needs: bigint;
  readonly reserved: bigint;
  /** When it panics itself the capture kernel stands still. */
  readonly hangsOnPanic: boolean;
  /** Composed by us, without one module: the kernel must have all that the dump target needs built in. */
  readonly withoutModules: boolean;
  /** Good still, but not for long. */
  readonly expiring: readonly Ending[];
  /** Modules of the kernel that tell which memory is there, and that the initramfs does not hold. */
  readonly missingMemoryDrivers: readonly string[];
  /** Which dumps the targets cannot take. */
  readonly limits: readonly string[];
  /** Firmware that drivers ask for and the initramfs does not hold. */
  readonly missingFirmware: readonly {
    readonly module: string;
    readonly files: readonly string[];
  }[];
};

export type RefusedProfile = {
  readonly file: string;
  readonly profile: string | undefined;
  readonly problems: readonly Problem[];
};

/** The paths first, one in a line, so that scripts without `--json` can read them too. */
export function renderBuild(
  built: readonly BuiltView[],
  refused: readonly RefusedProfile[] = [],
  notTried: readonly { readonly file: string }[] = [],
): string {
  const rows = built.map((bundle) => [
    bundle.path,
    showSize(bundle.size),
    bundle.release ?? 'kernel release not known',
    `needs at least ${showSize(bundle.needs)} of ${showSize(bundle.reserved)}`,
    `${signedWords(bundle)}${bundle.unchanged ? ', unchanged' : ''}`,
  ]);
  const without = refused.map(
    ({ file, profile, problems }) =>
      `  refused: ${file}${profile === undefined ? '' : `, profile ${profile}`}, ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}`,
  );
  const testing = built
    .filter((bundle) => bundle.testing)
    .map(({ path }) => `  ${path}: ${testingWords}`);
  const shown = built.flatMap(({ path, shownOnly }) =>
    shownOnly === undefined ? [] : [`  ${path}: ${shownOnlyWords(shownOnly)}`],
  );
  const warnings = built.flatMap(({ path, expiring }) => endingLines(expiring, `${path}: `));
  const notes = built.flatMap(
    ({ path, hangsOnPanic, withoutModules, missingMemoryDrivers, missingFirmware, limits }) => [
      ...(hangsOnPanic ? [`  note: ${path}: ${hangsOnPanicWords}`] : []),
      ...(withoutModules
        ? [
            `  note: ${path} has no modules: the dump target's drivers must be built into the kernel`,
          ]
        : []),
      ...missingMemoryDrivers.map(
        (module) =>
          `  note: ${path} has no ${module} in its initramfs: on a machine with virtio-mem the dump may lack memory, or reading may stop the machine; add the module if you have such machines`,
      ),
      ...limits.map((limit) => `  note: ${limit}`),
      ...missingFirmware.map(
        ({ module, files }) =>
          `  note: ${module} may ask for firmware that is not in the initramfs: ${files.join(', ')}`,
      ),
    ],
  );
  return [
    ...textTable(rows, ['left', 'right']),
    ...without,
    ...summary(built, refused.length, notTried.length),
    ...testing,
    ...shown,
    ...warnings,
    ...new Set(notes),
    '',
  ].join('\n');
}

const signedWords = ({ development, signed }: BuiltView): string =>
  development
    ? 'signed with a DEVELOPMENT KEY: not for production'
    : signed
      ? 'signed'
      : 'NOT SIGNED';

/** Of several profiles, how many ended how. */
function summary(built: readonly BuiltView[], refused: number, notTried: number): string[] {
  const all = built.length + refused + notTried;
  if (all < 2) return [];
  const unchanged = built.filter((bundle) => bundle.unchanged).length;
  const counts = [
    `${built.length - unchanged} built`,
    ...(unchanged === 0 ? [] : [`${unchanged} unchanged`]),
    ...(refused === 0 ? [] : [`${refused} refused`]),
    ...(notTried === 0 ? [] : [`${notTried} not tried: give --keep-going to build them`]),
  ];
  return [`  ${all} profiles: ${counts.join(', ')}`];
}
