/**
 * The same bytes from build machines of other architectures. Node for i386 does not run under user emulation, and
 * Debian's for s390x is too old.
 */
import { test } from 'vitest';
import { type BytesRow, expectSameBytes, here, on } from '../support/same-bytes.ts';

const rows: readonly BytesRow[] = [
  { arch: 'x86_64', kernel: '6.12', places: [here, on('arm64'), on('riscv64')] },
  { arch: 'riscv64', kernel: '6.12', places: [here, on('riscv64')] },
  { arch: 'i386', kernel: '6.1', places: [here, on('arm64')] },
  { arch: 'ppc64le', kernel: '6.1', places: [here, on('ppc64le')] },
];

test.each(rows)('same-inputs-same-bytes for $arch', expectSameBytes);
