/**
 * The same profile and the same inputs give the same bundle, byte for byte: from another folder, in another time
 * zone, under another umask, with the files of a folder in another order, with and without what was kept from before;
 * for arm64, on a build machine of that architecture as well. Other such machines are in test/matrix.
 */
import { test } from 'vitest';
import {
  type BytesRow,
  elsewhere,
  expectSameBytes,
  here,
  on,
  warm,
} from '../support/same-bytes.ts';

const rows: readonly BytesRow[] = [
  { arch: 'x86_64', kernel: '6.12', places: [here, elsewhere, warm] },
  { arch: 'arm64', kernel: '6.12', places: [here, on('arm64')] },
  { arch: 'riscv64', kernel: '6.12', places: [here, elsewhere] },
  { arch: 'i386', kernel: '6.1', places: [here, elsewhere] },
  { arch: 'ppc64le', kernel: '6.1', places: [here, elsewhere] },
];

test.each(rows)('same-inputs-same-bytes for $arch', expectSameBytes);
