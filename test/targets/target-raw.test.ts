/** A raw target's part of init. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { device, inFolder, mebibyte, shell } from '../components/init/shell.ts';

describe('the device of a raw target', () => {
  const check = (path: string, by = 'path'): string =>
    shell('check_device; echo "goes on with $device_bytes"', {
      device: path,
      target_by: by,
      target_value: 'x',
    });

  test('a file system is refused with the reason', () => {
    expect(check(device([0, 'XFSB']))).toBe(
      `${inFolder('device')} holds an XFS file system and is left alone; to make it a dump target, wipe it: wipefs -a`,
    );
  });

  test('swap space is overwritten only where the profile names it by its UUID', () => {
    const path = device([4086, 'SWAPSPACE2']);
    expect(check(path)).toContain('name it by its UUID');
    expect(check(path, 'uuid')).toContain('goes on with 8388608');
  });

  test('a device too small for anything is refused', () => {
    const path = inFolder('small');
    writeFileSync(path, new Uint8Array(mebibyte));
    expect(check(path)).toContain('is too small for a dump: 1048576 bytes');
  });
});
