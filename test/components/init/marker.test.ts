/** Our record at the end of a device. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { device, deviceSize, shell } from './shell.ts';

describe('the marker', () => {
  const settings = {
    format: 'kdump',
    profile: "it's a test",
    bundle: 'abcd',
    started: '100',
    target_by: 'serial',
    target_value: 'x',
  };

  test('takes the last 4096 bytes and nothing else', () => {
    const path = device([deviceSize - 4097, 'x'], [deviceSize - 1, 'x']);
    shell(`device=${path}; device_bytes=${deviceSize}; mark complete 4711 105`, settings);
    const bytes = readFileSync(path);
    const text = bytes.subarray(-4096).toString('latin1');
    expect(text.replaceAll('\0', '')).toMatch(
      /^crashseal-dump 1\nstate=complete\nformat=kdump\nsize=4711\nprofile=it's a test\nrelease=.+\nbundle=abcd\nstarted=100\nfinished=105\n$/,
    );
    expect(bytes.length).toBe(deviceSize);
    expect(bytes.at(-4097)).toBe('x'.charCodeAt(0));
    expect(bytes.at(-1)).toBe(0);
    expect(shell(`marker_value ${path} size; marker_value ${path} ''`)).toBe('4711\nyes');
  });

  test('keeps the UUID by which its device is found again', () => {
    const path = device();
    shell(`device=${path}; device_bytes=${deviceSize}; mark writing 0 0`, {
      ...settings,
      target_by: 'uuid',
      target_value: '0a0b-0c0d',
    });
    expect(shell(`marker_value ${path} uuid`)).toBe('0a0b-0c0d');
  });
});
