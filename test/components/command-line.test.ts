import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KernelForm } from '../../pipeline/arch/profile-rules.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { buildCommandLine, splitWords } from '../../pipeline/components/command-line.ts';
import { explain } from '../../pipeline/problem/problem.ts';
import type { CommandLineRules } from '../../pipeline/profile/keys/command-line.ts';
import type { Profile } from '../../pipeline/profile/keys/keys.ts';
import { kindsOf, profile } from '../fixtures/profile-and-inputs.ts';
import { problemsOf } from '../fixtures/results.ts';

const ruleOf = ({ kernelForm }: Profile): KernelForm | undefined => {
  const rules: Readonly<Record<string, KernelForm>> = x86_64.profile.kernelForms;
  return rules[kernelForm];
};

const build = (
  rules: Partial<CommandLineRules>,
  changes: Partial<Profile> = {},
  maximum = 2047,
) => {
  const changed = {
    ...profile,
    ...changes,
    commandLine: { ...profile.commandLine, ...rules },
  };
  return buildCommandLine({
    profile: changed,
    facts: x86_64.commandLine,
    needsWord: ruleOf(changed)?.needsWord,
    maximum,
    reserved: x86_64.liveWords(changed),
  });
};
const line = (rules: Partial<CommandLineRules>, changes: Partial<Profile> = {}): string => {
  const built = build(rules, changes);
  if (!built.ok) throw new Error(built.problems.map((one) => explain(one).message).join('\n'));
  return built.value;
};
const defaults =
  'irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off panic=10 acpi_no_memhotplug transparent_hugepage=never nokaslr hest_disable novmcoredd cma=0 hugetlb_cma=0';

test('without a word in the profile: the defaults and the console', () => {
  expect(line({})).toBe(`${defaults} console=ttyS0,115200n8`);
  expect(line({}, { console: { kind: 'none' } })).toBe(defaults);
});

test.each<[string, Partial<CommandLineRules>, string]>([
  ['appended words come last', { append: ['debug'] }, `${defaults} console=ttyS0,115200n8 debug`],
  [
    'an appended word replaces a default of its name',
    { append: ['nr_cpus=4', 'transparent-hugepage=always'] },
    `${defaults.replace('nr_cpus=1 ', '').replace('transparent_hugepage=never ', '')} console=ttyS0,115200n8 nr_cpus=4 transparent-hugepage=always`,
  ],
  [
    'a removed default is gone, by word, name or prefix',
    { remove: ['irqpoll', 'mce=', 'cma=0', 'panic'] },
    `${defaults.replace('irqpoll ', '').replace('mce=off ', '').replace('panic=10 ', '').replace('novmcoredd cma=0', 'novmcoredd')} console=ttyS0,115200n8`,
  ],
  [
    'a removed word with another value stays',
    { remove: ['mce=on'] },
    `${defaults} console=ttyS0,115200n8`,
  ],
  [
    'inherited words come first, cleaned',
    {
      inherit:
        'BOOT_IMAGE=/boot/vmlinuz root=UUID=1 ro quiet crashkernel=256M intel_iommu=on console=tty0 rd.luks.uuid=x nr_cpus=8 hugepages=512 systemd.unit=y -- single',
    },
    `intel_iommu=on console=tty0 ${defaults} console=ttyS0,115200n8`,
  ],
  [
    'inherited words can be removed',
    { inherit: 'intel_iommu=on console=tty0', remove: ['console='] },
    `intel_iommu=on ${defaults} console=ttyS0,115200n8`,
  ],
  [
    'a quoted blank splits nothing',
    { inherit: 'dyndbg="file virtio* +p" a=1' },
    `dyndbg="file virtio* +p" a=1 ${defaults} console=ttyS0,115200n8`,
  ],
])('%s', (_what, rules, expected) => {
  expect(line(rules)).toBe(expected);
});

describe('it refuses', () => {
  test.each<[string, Partial<CommandLineRules>, string]>([
    ['an open quote', { inherit: 'a="b' }, 'command-line-open-quote'],
    ['an open quote, appended', { append: ['a="b'] }, 'command-line-open-quote'],
    ['a character outside ASCII', { append: ['name=\u00e9'] }, 'command-line-character'],
    ['a line break', { append: ['a\nb'] }, 'command-line-character'],
    ['direct entry without nokaslr', { remove: ['nokaslr'] }, 'kernel-form-needs-word'],
    ['and with a value', { append: ['nokaslr=0'] }, 'kernel-form-needs-word'],
  ])('%s', (_what, rules, kind) => {
    expect(kindsOf(build(rules))).toBe(kind);
  });

  test('every mistake at once', () => {
    expect(kindsOf(build({ inherit: '"', append: ['\t'] }))).toBe(
      'command-line-open-quote,command-line-character',
    );
  });

  test('a line too long, with the figures', () => {
    const long = build({ append: ['x'.repeat(1900)] }, { memoryMap: 'memmap' });
    const [problem] = problemsOf(long);
    if (problem === undefined) throw new Error('taken');
    expect(explain(problem)).toMatchInlineSnapshot(`
      {
        "hint": "shorten "commandLine.append", or drop inherited words by "commandLine.remove"",
        "message": "the capture kernel's command line has 2101 characters, but there is room for 1009 only",
        "notes": [
          "the kernel takes 2047",
          "30 are reserved for what the loader adds: elfcorehdr=",
          "1008 are reserved for what the loader adds: memmap= for 32 ranges",
        ],
      }
    `);
  });

  test('the first character that does not fit, and none before it', () => {
    const room = 2047 - ' elfcorehdr=0x'.length - 16;
    const used = line({}).length + 1;
    expect(kindsOf(build({ append: ['x'.repeat(room - used)] }))).toBe('');
    expect(kindsOf(build({ append: ['x'.repeat(room - used + 1)] }))).toBe('command-line-too-long');
  });
});

test('without nokaslr a compressed kernel is taken', () => {
  expect(line({ remove: ['nokaslr'] }, { kernelForm: 'compressed' })).not.toContain('nokaslr');
});

test('splitting and joining gives the words back', () => {
  const word = fc.oneof(
    fc.stringMatching(/^[a-z0-9_.=,:-]{1,8}$/),
    fc.stringMatching(/^[a-z]{1,4}="[a-z ]{0,6}"$/),
  );
  fc.assert(
    fc.property(fc.array(word.filter((one) => one !== '--')), (words) => {
      expect(splitWords(words.join('  '))).toEqual(words);
    }),
  );
});
