/** Words of a kernel's command line: how they are told apart, and which a capture kernel must not inherit. */

/** `name` of `name=value`; the kernel takes `-` and `_` in it for the same. */
export const nameOf = (word: string): string => (word.split('=')[0] ?? '').replaceAll('-', '_');

/** What stands after the first `=`, without quotes around it; undefined where there is none. */
export const valueIn = (word: string): string | undefined => {
  const at = word.indexOf('=');
  return at < 0 ? undefined : word.slice(at + 1).replace(/^"(.*)"$/, '$1');
};

/** `rd.*`, `*_panic`: a star at either end stands for any rest of the name. */
export function isNamed(word: string, pattern: string): boolean {
  const name = nameOf(word);
  const wanted = pattern.replaceAll('-', '_');
  const middle = wanted.replace(/^\*|\*$/g, '');
  if (wanted.startsWith('*') && wanted.endsWith('*')) return name.includes(middle);
  if (wanted.startsWith('*')) return name.endsWith(middle);
  return wanted.endsWith('*') ? name.startsWith(middle) : name === middle;
}

/** An entry of `remove`: a whole word, or a name, with or without `=`, for every word of that name. */
export const removes = (rule: string, word: string): boolean =>
  rule === word || isNamed(word, rule.replace(/=$/, ''));

/**
 * Words as the kernel splits them: at blanks outside double quotes. What follows `--` is for init
 * and dropped. Undefined when a quote stays open.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  let quoted = false;
  for (const char of line.trim()) {
    if (char === '"') quoted = !quoted;
    if (!quoted && /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
    } else word += char;
  }
  if (quoted) return undefined;
  if (word !== '') words.push(word);
  const end = words.indexOf('--');
  return end < 0 ? words : words.slice(0, end);
}

/** What the words of that name say in a whole command line, in their order. */
export const valuesOf = (line: string, name: string): readonly string[] =>
  (splitWords(line) ?? []).flatMap((word) => (isNamed(word, name) ? (valueIn(word) ?? '') : []));

/** Linux, init/main.c: each word adds to the list. */
export const hasInitcallBlacklisted = (line: string, initcall: string): boolean =>
  valuesOf(line, 'initcall_blacklist').some((value) => value.split(',').includes(initcall));

/**
 * Whether a kernel with this command line stands still for ever when it panics itself: without `panic=` that is what
 * distributions' kernels do (CONFIG_PANIC_TIMEOUT is 0), and with 0 every kernel.
 */
export const hangsOnPanic = (line: string): boolean =>
  !/^[+-]?0*[1-9]\d*$/.test(valuesOf(line, 'panic').at(-1) ?? '0');

/** Words of one kind: known by their names, or by what they say whatever their name is. */
export type WordFamily = {
  /** What they are about, after "words". */
  readonly about: string;
  readonly names: readonly string[];
  /** On the whole word. */
  readonly form?: RegExp;
};

export const isOf = (family: WordFamily, word: string): boolean =>
  family.names.some((name) => isNamed(word, name)) || family.form?.test(word) === true;

/**
 * Words of a system kernel that no capture kernel may inherit, on any architecture. By families, since every kernel
 * and distribution brings new ones (Documentation/admin-guide/kernel-parameters.txt; what kdump-tools, SUSE's kdump
 * and kdumpctl take away).
 */
export const neverInherited: readonly WordFamily[] = [
  {
    about: 'for the boot loader, the root file system and programs of user space',
    names: [
      'BOOT_IMAGE',
      'initrd',
      'noinitrd',
      'root*',
      'ro',
      'rw',
      'init',
      'rdinit',
      'resume*',
      'noresume',
      'hibernate',
      'nfsroot',
      'nfsaddrs',
      'ip',
      'netroot',
      'bootdev',
      'ifname',
      'biosdevname',
      'net.ifnames',
      'iscsi_*',
      'splash',
      'nosplash',
      'rhgb',
      'vt.handoff',
      'plymouth.*',
      'rd.*',
      'rd_*',
      'systemd.*',
      'udev.*',
      'luks.*',
      'fsck.*',
      'dracut.*',
      'ignition.*',
      'coreos.*',
      'ostree*',
      'cloud_init*',
      'ds',
      'inst.*',
      'ks',
      'ks.*',
      'snapd_*',
      'vconsole.*',
      'locale.*',
    ],
  },
  {
    about: 'that set memory apart or take much of it',
    names: [
      'crashkernel',
      'mem',
      'memmap',
      'memtest',
      'memhp*',
      'memory_hotplug.*',
      '*hugepage*',
      '*hugetlb*',
      'swiotlb',
      'cma*',
      '*_cma',
      'movable*',
      'kernelcore',
      'percpu_alloc',
      'vmalloc',
      'reservetop',
      'log_buf_len',
      'efi_fake_mem',
      'ramoops.*',
      'zswap.*',
      'trace_*',
      'ftrace*',
      'kprobe_event',
      'tp_printk*',
      'page_owner',
      'page_poison*',
      'page_table_check',
      'debug_pagealloc',
      'dma_debug*',
      'slub_debug*',
      'slab_debug*',
      'stack_depot*',
      'kmemleak',
      'kasan*',
      'kmsan*',
      'kcsan*',
      'kfence*',
    ],
    // A part of memory at an address: `hvlog=2M@0xe00000`, `memmap=0x200000$0xe00000`.
    form: /=(0x[0-9a-f]+|\d+[kmgtp])[@$!#]/i,
  },
  {
    about: 'for certain CPUs, timers and places of the kernel',
    names: [
      '*cpus',
      'nohz_full',
      'rcu_nocb*',
      'irqaffinity',
      'skew_tick',
      'notsc',
      'kaslr',
      'elfcorehdr',
      'acpi_rsdp',
      'kexec_jump_back_entry',
    ],
  },
  {
    about: 'that make a kernel panic or wait for a debugger',
    names: ['*panic*', 'oops', 'kgdb*', 'kdb', 'ekgdboc'],
    // `nmi_watchdog=panic`, `kasan.fault=panic`, `oops=panic`.
    form: /=([^"]*[,:])?panic([,:]|$)/,
  },
  {
    about: 'that hide what the kernel says, or that it hangs',
    names: ['quiet', 'loglevel', 'nowatchdog', 'nosoftlockup', 'nmi_watchdog', 'watchdog_thresh'],
    form: /^console=(null)?$/,
  },
];
