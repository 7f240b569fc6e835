/**
 * A new kind of dump target is a folder and a line. In a copy of pipeline/ there is one more, `tape`, and
 * everything else learns of it: the schema, hints, settling, drivers and tools, settings, init and manifest.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScratchCopy, scratchCopy } from '../fixtures/scratch-copy.ts';
import { withLines } from '../profile/profile-texts.ts';

const tape = `import { z } from 'zod';
import { shape, text } from '../../schema/takes.ts';
import type { TargetKind } from '../target.ts';
import script from './target-tape.sh';

const schema = z.strictObject({
  kind: shape('tape'),
  drive: text('a tape drive').meta({ description: 'The drive.', examples: ['st0'] }),
});

type TapeTarget = { readonly kind: 'tape'; readonly drive: string };

export const tape: TargetKind<typeof schema, TapeTarget> = {
  schema,
  example: { kind: 'tape', drive: 'st0' },
  problems: ['wrong-value'],
  settle: ({ drive }, { report, place, key }) => {
    if (drive === 'sda')
      report({
        kind: 'wrong-value',
        place: place('drive'),
        key: key('drive'),
        found: 'a disk',
        expected: 'a tape drive',
        example: 'st0',
        nearest: undefined,
      });
    return { kind: 'tape', drive };
  },
  needs: () => ({ drivers: ['st'], tools: [{ name: 'mt', package: 'mt-st' }] }),
  script,
  describe: ({ drive }) => \`the tape drive \${drive}\`,
  settings: ({ drive }) => ({ tape_drive: drive }),
  files: ({ drive }) => ({ label: \`a label for \${drive}\\n\` }),
};
`;
const script = `tape_open() { target_shown=$tape_drive; }
tape_store() { cat >"/dev/$tape_drive"; }
tape_finish() { :; }
`;
/** What a build does with a target, from the profile on. */
const probe = `import { baseEntries, initramfsOverlay } from './components/initramfs.ts';
import type { ResolvedInputs } from './inputs/resolved-inputs.ts';
import { captureTools } from './inputs/tools.ts';
import { parseProfileFiles } from './profile/profile.ts';
import { profileDocParts } from './profile/reference.ts';
import { targetManifest, targetNeeds } from './targets/targets.ts';

export function tryOut(text: string) {
  const profile = parseProfileFiles('web.yaml', new Map([['web.yaml', new TextEncoder().encode(text)]]));
  if (!profile.ok) return { problems: profile.problems };
  const file = { kind: 'file', bytes: new Uint8Array([1]) } as const;
  const tools = ['busybox', 'makedumpfile'].map((name) => ({ path: \`usr/bin/\${name}\`, mode: 0o755, content: file }));
  const base = baseEntries(tools, undefined);
  const inputs = { profile: profile.value, modules: undefined } as unknown as ResolvedInputs;
  return {
    manifest: profile.value.targets.map(targetManifest),
    drivers: profile.value.targets.flatMap((target) => targetNeeds(target).drivers),
    tools: captureTools(profile.value).map(({ name }) => name),
    init: base.ok ? base.value.find(({ path }) => path === 'init') : undefined,
    overlay: initramfsOverlay(inputs, 'abcd'),
    docs: Object.values(profileDocParts()).join('\\n'),
  };
}
`;

let copy: ScratchCopy;
beforeAll(() => {
  copy = scratchCopy();
  copy.add('pipeline/targets/tape/tape.ts', tape);
  copy.add('pipeline/targets/tape/target-tape.sh', script);
  copy.change(
    'pipeline/targets/targets.ts',
    'export const targets = {',
    "import { tape } from './tape/tape.ts';\nexport const targets = { tape,",
  );
  copy.add('pipeline/try-out.ts', probe);
});
afterAll(() => copy.remove());

type TriedOut = {
  readonly problems?: readonly {
    readonly kind: string;
    readonly place: { readonly line: number };
  }[];
  readonly [key: string]: unknown;
};

const profile = (target: string): string => withLines(`target: ${target}`);
const text = (bytes: unknown): string => new TextDecoder('latin1').decode(bytes as Uint8Array);

test('a kind of target that is added as a folder and a line is built like any other', async () => {
  const { tryOut } = (await copy.load('pipeline/try-out.ts')) as {
    readonly tryOut: (text: string) => TriedOut;
  };
  const built = tryOut(profile('{ kind: tape, drive: st0, timeout: 5, what: dmesg }'));
  expect(built).toMatchObject({
    manifest: [
      { kind: 'tape', drive: 'st0', description: 'the tape drive st0', timeout: 5, what: 'dmesg' },
    ],
    drivers: ['st'],
    tools: ['busybox', 'makedumpfile', 'mt'],
  });
  const overlay = text(built.overlay);
  expect(overlay).toContain(
    "tape_drive='st0'\ntarget_kind='tape'\ntarget_shown='the tape drive st0'\ntarget_timeout='5'\ntarget_what='dmesg'\n",
  );
  expect(overlay).toContain('etc/crashseal/targets/1.label\0');
  expect(overlay).toContain('a label for st0\n');
  const init = text((built.init as { readonly bytes: Uint8Array }).bytes);
  expect(init).toContain(script);
  expect(init).toContain('\nraw_open() {');
  expect(built.docs).toContain('`target.drive`');

  expect(tryOut(profile('{ kind: tape, drive: sda }')).problems).toMatchObject([
    { kind: 'wrong-value', key: 'target.drive', place: { file: 'web.yaml', line: 4 } },
  ]);
  expect(tryOut(profile('{ kind: tape, device: /dev/st0, drive: st0 }')).problems).toMatchObject([
    {
      kind: 'key-of-other-shape',
      key: 'target.device',
      belongsTo: ['kind: raw', 'kind: filesystem'],
    },
  ]);
  expect(tryOut(profile('{ kind: raw, device: PARTLABEL=x }')).problems).toBeUndefined();
});

test('and no other file must change: the types still hold', () => {
  expect(copy.typeErrors()).toBe('');
});
