/** Words of a kernel's command line. */

/** `name` of `name=value`; the kernel takes `-` and `_` in it for the same. */
export const nameOf = (word: string): string => (word.split('=')[0] ?? '').replaceAll('-', '_');

/** Words of a system kernel's command line that no capture kernel may inherit, on any architecture. */
export const neverInherited: readonly string[] = [
  // Of the boot loader and the root file system, which the capture kernel does not mount.
  ...['BOOT_IMAGE', 'initrd', 'root', 'rootflags', 'rootfstype', 'rootdelay', 'rootwait'],
  ...['ro', 'rw', 'init', 'rdinit', 'resume', 'resume_offset', 'noresume', 'splash'],
  ...['rd.*', 'systemd.*', 'luks.*', 'fsck.*', 'dracut.*'],
  // Memory that a capture kernel does not have.
  ...[
    'crashkernel',
    'mem',
    'hugepages',
    'hugepagesz',
    'default_hugepagesz',
    'hugetlb_free_vmemmap',
  ],
  ...['swiotlb', 'cma', 'hugetlb_cma', 'movablecore', 'kernelcore', 'movable_node', 'log_buf_len'],
  ...[
    'trace_buf_size',
    'page_owner',
    'slub_debug',
    'slab_debug',
    'percpu_alloc',
    'memhp_default_state',
  ],
  // CPUs and places that are fixed here.
  ...['maxcpus', 'possible_cpus', 'isolcpus', 'nohz_full', 'rcu_nocbs', 'irqaffinity', 'kaslr'],
  // What must not stop a capture, or hide it.
  ...['panic_on_warn', 'oops', 'softlockup_panic', 'hung_task_panic', 'panic_on_taint', 'quiet'],
  ...['kgdboc', 'kgdbwait', 'kexec_jump_back_entry', 'elfcorehdr', 'memmap', 'acpi_rsdp'],
];
