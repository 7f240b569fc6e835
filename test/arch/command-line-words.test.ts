/**
 * Which words a capture kernel must not inherit is known by families: every kernel brings new words of these.
 * Before, `hardlockup_panic` came over because only `softlockup_panic` stood in a list.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isNamed,
  isOf,
  neverInherited,
  removes,
  splitWords,
  valueIn,
} from '../../pipeline/arch/command-line-words.ts';

const left = (word: string): boolean => neverInherited.some((family) => isOf(family, word));

describe('left out', () => {
  test.each(
    splitWords(
      'BOOT_IMAGE=/vmlinuz root=/dev/sda1 rootwait rd.break rd_NO_LUKS systemd.unit=x ignition.firstboot ' +
        'cloud-init=disabled ip=dhcp inst.repo=x plymouth.enable=0 hugepages=4 hugetlb_cma=1G vmcp_cma=4M ' +
        'hvlog=2M@0xe00000 any_name=64M$0x1000 any_name=0x1000!0x2000 mem=4G slub_debug=FZP kfence.sample_interval=1 ' +
        'ftrace=function trace_buf_size=1M isolcpus=1 kthread_cpus=0 rcu_nocb_poll nohz-full=1 ' +
        'panic_on_oops sysctl.kernel.panic_on_oops=1 hardlockup_panic=1 a_new_one_panic x=panic ' +
        'nmi_watchdog=panic,1 kasan.fault=panic oops=panic kgdbwait quiet loglevel=3 console= console=null',
    ) ?? [],
  )('%s', (word) => {
    expect(left(word)).toBe(true);
  });
});

describe('kept', () => {
  test.each(
    splitWords(
      'console=ttyS0,115200n8 console=tty0 intel_iommu=on iommu=pt mitigations=off nvme_core.io_timeout=60 ' +
        'netconsole=4444@10.0.0.1/eth0,9353@10.0.0.2/ pci=nocrs acpi=force clocksource=hpet init_on_alloc=0 ' +
        'module_blacklist=floppy earlyprintk=ttyS0 ignore_loglevel debug dyndbg="file panic.c +p" nohz=on ' +
        'printk.time=1 zfcp.device=0.0.1900,0x1,0x2 dasd=0.0.0201',
    ) ?? [],
  )('%s', (word) => {
    expect(left(word)).toBe(false);
  });
});

test('every family says what it is about, and is met by a word of its own', () => {
  for (const { about, names } of neverInherited) {
    expect(about).toMatch(/^(for|that) /);
    for (const name of names) expect(left(name.replace('*', 'x'))).toBe(true);
  }
});

test('names are compared as the kernel does', () => {
  expect(isNamed('nohz-full=1', 'nohz_full')).toBe(true);
  expect(isNamed('softlockup_panic', '*panic*')).toBe(true);
  expect(isNamed('panic=1', '*_panic')).toBe(false);
  expect(removes('panic', 'panic=10')).toBe(true);
  expect(removes('panic=', 'panic=10')).toBe(true);
  expect(removes('panic=1', 'panic=10')).toBe(false);
  expect(valueIn('a="b c"')).toBe('b c');
  expect(valueIn('a=b=c')).toBe('b=c');
  expect(valueIn('a')).toBeUndefined();
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
