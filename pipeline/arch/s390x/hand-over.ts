/**
 * What an s390x capture kernel is told: all of it stands in the image itself, in the parameter area and
 * the command line after it. Addresses are those after the swap, except where the kernel wants the real one.
 */

import { patch } from '../../format/layout.ts';
import { ok, type Result } from '../../problem/result.ts';
import type { HandOver, ParameterRequest } from '../architecture.ts';
import type { Component, LiveValue } from '../component.ts';
import { commandLineStart, imageStart } from './image.ts';

/**
 * Kernels that still read it (before 5.16 or so) take the real address of the header and subtract the start
 * of the crash region themselves; the size is theirs to reserve (arch/s390/kernel/{setup,crash_dump}.c).
 */
const elfcorehdrWords = (size: string): string => ` elfcorehdr=0x${size}@0x`;
/** At its longest: an ELF core header has at most 65535 entries of 56 bytes. */
export const elfcorehdrRoom = elfcorehdrWords('ffffff').length + 16;

const parametersStart = imageStart.fields.iplDevice.offset;

export function handOver(request: ParameterRequest): Result<HandOver> {
  const { component, commandLine, elfcorehdr, initramfs } = request;
  const bufferSize = request.kernel.commandLineMaximum + 1;
  const parametersEnd = commandLineStart + bufferSize;
  const bytes = Uint8Array.from(component.bytes);
  patch(imageStart, bytes, 0, 'initrdStart', 0n, 'big');
  patch(imageStart, bytes, 0, 'initrdSize', initramfs.size, 'big');
  patch(imageStart, bytes, 0, 'oldmemBase', 0n, 'big');
  patch(imageStart, bytes, 0, 'oldmemSize', 0n, 'big');
  // The line that the kernel was built with goes, all of it.
  bytes.fill(0, commandLineStart, parametersEnd);
  bytes.set(new TextEncoder().encode(commandLine), commandLineStart);

  const live: LiveValue[] = [
    {
      ...number('initrdStart'),
      source: 'segmentOffset',
      about: initramfs.name,
    },
    { ...number('oldmemBase'), source: 'crashStart' },
    { ...number('oldmemSize'), source: 'crashSize' },
  ];
  if (elfcorehdr !== undefined)
    live.push({
      source: 'segmentAddress',
      form: 'textHex',
      about: elfcorehdr.name,
      words: elfcorehdrWords(elfcorehdr.size.toString(16)),
      offset: BigInt(commandLineStart),
      size: BigInt(bufferSize),
    });
  const kernel: Component = {
    ...component,
    bytes,
    checked: [
      { name: 'kernel start', start: 0, end: parametersStart },
      { name: 'parameters', start: parametersStart, end: parametersEnd },
      { name: 'kernel', start: parametersEnd, end: bytes.length },
    ].filter(({ start, end }) => end > start),
    live,
  };
  return ok({ kernel, others: [] });
}

const number = (field: 'initrdStart' | 'oldmemBase' | 'oldmemSize') => ({
  form: 'big' as const,
  width: 8,
  offset: BigInt(imageStart.fields[field].offset),
  size: 8n,
});
