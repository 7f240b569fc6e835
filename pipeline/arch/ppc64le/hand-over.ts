/**
 * What a ppc64le capture kernel is told: by the device tree, which the loader makes of the running kernel's. The rest of
 * it, which depends on that tree, is the loader's (loader/arch/ppc64le/tree.c).
 */
import { ok, type Result } from '../../problem/result.ts';
import type { HandOver, ParameterRequest } from '../architecture.ts';
import type { Component } from '../component.ts';
import { deviceTreeComponent, type TreeAddition } from '../device-tree.ts';
import { page } from './vmlinux.ts';

const backupName = 'backup';
/** Exception vectors and their handlers: a kernel that runs elsewhere puts its own there. */
const backupSize = 64n << 10n;

const elfcorehdrWords = ' elfcorehdr=';
/** At its longest: KiB in decimal. */
export const elfcorehdrRoom = elfcorehdrWords.length + 17 + 1;

const chosen = '/chosen';

/** What the running kernel put there about itself. */
const stale = [
  'linux,kernel-end',
  'linux,crashkernel-base',
  'linux,crashkernel-size',
  'linux,memory-limit',
  'linux,htab-base',
  'linux,htab-size',
  'linux,elfcorehdr',
];

export function handOver(request: ParameterRequest): Result<HandOver> {
  const { commandLine, elfcorehdr, initramfs } = request;
  if (elfcorehdr === undefined) throw new Error('a capture kernel of ppc64le needs a header');
  const backup: Component = {
    name: backupName,
    kind: 'backup',
    // A segment has bytes; purgatory overwrites these.
    bytes: new Uint8Array(16),
    memorySize: backupSize,
    align: page,
    minAddress: 0n,
    checked: [],
    live: [],
  };
  const additions: TreeAddition[] = [
    ...stale.map((name): TreeAddition => ({ kind: 'delete', path: chosen, name })),
    {
      kind: 'text',
      path: chosen,
      name: 'bootargs',
      text: commandLine,
      room: request.kernel.commandLineMaximum + 1,
      words: [
        {
          source: 'segmentAddress',
          form: 'textKib',
          about: elfcorehdr.name,
          words: elfcorehdrWords,
        },
      ],
    },
    {
      kind: 'number',
      path: chosen,
      name: 'linux,initrd-start',
      width: 8,
      value: { source: 'segmentAddress', about: initramfs.name },
    },
    {
      kind: 'number',
      path: chosen,
      name: 'linux,initrd-end',
      width: 8,
      value: { source: 'segmentAddress', about: initramfs.name, addend: initramfs.size },
    },
    // A kernel that was started by kexec does not look for what a boot loader would have left.
    { kind: 'bytes', path: chosen, name: 'linux,booted-from-kexec', value: new Uint8Array() },
    {
      kind: 'reserve',
      ranges: [
        // The dead kernel's memory, but for the vectors, which the capture kernel takes.
        {
          start: backupSize,
          size: { source: 'crashStart', addend: (1n << 64n) - backupSize },
        },
        segmentRange(initramfs.name, initramfs.size),
        segmentRange(elfcorehdr.name, BigInt(elfcorehdr.size)),
        segmentRange(backupName, backupSize),
      ],
    },
  ];
  return ok({
    kernel: request.component,
    others: [
      deviceTreeComponent(additions, { room: request.choices.limits.deviceTree, align: page }),
      backup,
    ],
  });
}

const segmentRange = (name: string, size: bigint) => ({
  start: { source: 'segmentAddress' as const, about: name },
  size,
});
