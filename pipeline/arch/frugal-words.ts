/**
 * Words with which any capture kernel takes less memory at the end of its own start, when it needs the most
 * (docs/decisions/0029-what-a-capture-kernel-leaves-out.md). A kernel that does not know one of them, or has no initcall
 * of that name, starts as it would without it.
 */
export const frugalWords: readonly string[] = [
  // Linux, mm/memcontrol.c: no accounting of kernel objects, which cgroup_disable=memory leaves on; its vectors for
  // the second chunk of per-CPU memory alone take 4 MiB.
  'cgroup.memory=nokmem',
  // The initramfs is unpacked, and its packed form given back, before the drivers start and not beside them.
  'initramfs_async=0',
  // kernel/trace/trace.c, mm/slub.c, mm/zswap.c: no /sys/kernel/tracing (8 MiB before Linux 6.6) and no /sys/kernel/slab,
  // which has had two names; no buffers for compressed swap space before Linux 6.4.
  'initcall_blacklist=tracer_init_tracefs,slab_sysfs_init,slab_late_init,init_zswap',
];
