import { describe, expect, test } from 'vitest';
import { architectureOf, archNames } from '../../pipeline/arch/arch.ts';
import { hangsOnPanic } from '../../pipeline/arch/command-line-words.ts';
import { frugalWords } from '../../pipeline/arch/frugal-words.ts';
import type { KernelForm } from '../../pipeline/arch/profile-rules.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { buildCommandLine } from '../../pipeline/components/command-line.ts';
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
  'irqpoll nr_cpus=1 reset_devices cgroup_disable=memory mce=off numa=off panic=10 acpi_no_memhotplug transparent_hugepage=never nokaslr hest_disable novmcoredd cma=0 hugetlb_cma=0 cgroup.memory=nokmem initramfs_async=0 initcall_blacklist=tracer_init_tracefs,slab_sysfs_init,slab_late_init,init_zswap rootfstype=ramfs';

test('without a word in the profile: the defaults and the console', () => {
  expect(line({})).toBe(`${defaults} console=ttyS0,115200n8`);
  expect(line({}, { console: { kind: 'none' } })).toBe(defaults);
});

test('a finished initramfs may read the word for the root file system in a way of its own', () => {
  expect(line({}, { initramfs: { kind: 'file', path: 'x' } })).not.toContain('rootfstype');
});

test.each(archNames)('%s: a capture kernel leaves out what no dump needs', (name) => {
  expect(architectureOf(name).commandLine.defaults).toEqual(
    expect.arrayContaining([...frugalWords]),
  );
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
    'initcalls that an administrator keeps away stay away, beside ours',
    { inherit: 'initcall_blacklist=broken_init', append: ['initcall_blacklist=other_init'] },
    `initcall_blacklist=broken_init ${defaults} console=ttyS0,115200n8 initcall_blacklist=other_init`,
  ],
  [
    'a quoted blank splits nothing',
    { inherit: 'dyndbg="file virtio* +p" a=1' },
    `dyndbg="file virtio* +p" a=1 ${defaults} console=ttyS0,115200n8`,
  ],
])('%s', (_what, rules, expected) => {
  expect(line(rules)).toBe(expected);
});

/** Of systems of all kinds: a real-time node, a hypervisor's service VM, a test box, a Xen guest. */
test.each([
  [
    'BOOT_IMAGE=/boot/vmlinuz-6.4.0-9-rt root=UUID=0 skew_tick=1 console=ttyS1,115200 console=tty0 default_hugepagesz=1G hugepagesz=1G hugepages=40 hugepagesz=2M hugepages=0 ignition.platform.id=openstack amd_iommu=on iommu=pt irqaffinity=0-7 isolcpus=domain,nohz,managed_irq,8-127 nohz_full=8-127 rcu_nocbs=8-127 mce=off nohz=on net.ifnames=0 nowatchdog nmi_watchdog=0 nosoftlockup quiet rcu_nocb_poll',
    'console=ttyS1,115200 console=tty0 amd_iommu=on iommu=pt nohz=on',
  ],
  [
    'root=/dev/sda3 console=ttyS0 idle=halt rw rootwait console=tty0 consoleblank=0 no_timer_check quiet loglevel=3 hvlog=2M@0xe00000 memmap=0x200000$0xe00000 maxcpus=4 hugepagesz=1G hugepages=12',
    'console=ttyS0 idle=halt console=tty0 consoleblank=0 no_timer_check',
  ],
  [
    'root=UUID=0 ro earlyprintk=ttyS0 no_timer_check console=tty1 console=ttyS0,115200n8 softlockup_panic=1 printk.devkmsg=on oops=panic sysrq_always_enabled panic_on_warn ignore_loglevel kasan.fault=panic',
    'earlyprintk=ttyS0 no_timer_check console=tty1 printk.devkmsg=on sysrq_always_enabled ignore_loglevel',
  ],
  [
    'root=/dev/xvda1 console=hvc0 notsc unknown_nmi_panic hardlockup_panic=1 nmi_watchdog=panic',
    '',
  ],
  [
    'root=/dev/nvme0n1p2 kmemleak=on ftrace=function ftrace_dump_on_oops efi_fake_mem=2G@4G:0x40000',
    '',
  ],
])('what harms a capture kernel is not inherited: %s', (inherit, kept) => {
  // Of two equal words the last one counts, which is the profile's console here.
  const clean = kept.replace(' console=ttyS0,115200n8', '');
  expect(line({ inherit })).toBe(
    `${clean === '' ? '' : `${clean} `}${defaults} console=ttyS0,115200n8`,
  );
});

test.each<[string, boolean]>([
  ['', true],
  ['panic=0', true],
  ['panic=10 panic=0', true],
  ['panic', true],
  ['panic=x', true],
  ['panic_on_oops=1', true],
  ['panic=10', false],
  ['panic=0 panic=10', false],
  ['panic=-1', false],
])('"%s": a capture kernel that panics stands still: %s', (words, hangs) => {
  expect(hangsOnPanic(words)).toBe(hangs);
});

test('the defaults end a capture kernel that panics; a profile that removes that, or says 0, does not', () => {
  expect(hangsOnPanic(line({}))).toBe(false);
  expect(hangsOnPanic(line({ remove: ['panic='] }))).toBe(true);
  expect(hangsOnPanic(line({ append: ['panic=0'] }))).toBe(true);
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
        "message": "the capture kernel's command line has 2238 characters, but there is room for 1009 only",
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
