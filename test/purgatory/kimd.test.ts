// No QEMU of today translates KIMD for SHA-256, but the function code is all that tells it from SHA-512:
// registers, parameter block, byte order and the way back after a part are the same.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';
import { makeNative, runNative, words } from './native.ts';

const folder = 'out/native/s390x/test';

/** FIPS 180-4, 5.3.5. */
const initial = [
  '6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1',
  '510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179',
].join('');

function padded(message: Uint8Array): Uint8Array {
  const size = Math.ceil((message.length + 17) / 128) * 128;
  const out = new Uint8Array(size);
  out.set(message);
  out[message.length] = 0x80;
  new DataView(out.buffer).setBigUint64(size - 8, BigInt(message.length) * 8n);
  return out;
}

function kimd(message: Uint8Array): readonly string[] {
  const input = joinBytes([Buffer.from(initial, 'hex'), padded(message)]);
  return runNative([s390xUserEmulator, `${folder}/kimd-sha512`], input)
    .trim()
    .split(' ');
}

describe('KIMD', () => {
  test('takes whole messages, also those that the CPU takes in parts', () => {
    makeNative(`${folder}/kimd-sha512`);
    for (const size of [0, 1, 111, 112, 127, 128, 5000, 8192, 20_000, 100_001]) {
      const message = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
      const expected = createHash('sha512').update(message).digest('hex');
      expect(kimd(message)[1], `${size} bytes`).toBe(expected);
    }
  });

  test('is used for SHA-256 where the CPU says that it knows it', (context) => {
    makeNative(`${folder}/kimd-sha512`, `${folder}/sha256-vectors`);
    if (kimd(new Uint8Array())[0] !== 'sha256')
      context.skip('this QEMU does not know the function');
    const message = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) & 0xff);
    const asked = words(1, cpuFeatures.s390xKimd.code, 0, message.length, 0);
    expect(
      runNative(
        [s390xUserEmulator, `${folder}/sha256-vectors`],
        joinBytes([asked, message]),
      ).trim(),
    ).toBe(createHash('sha256').update(message).digest('hex'));
  });
});
