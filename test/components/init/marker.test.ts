/** Our records on a device. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { device, deviceSize, inFolder, shell } from './shell.ts';

describe('the marker of a dump', () => {
  const settings = {
    format: 'kdump',
    profile: "it's a test",
    bundle: 'abcd',
    started: '100',
    target_by: 'serial',
    target_value: 'x',
    slots: '1',
    slot: '1',
    slot_at: '0',
    log_at: '4096',
    log_bytes: '7',
    encryption: 'none',
    attempt_what: 'vmcore',
    seconds: '5',
    panic_line: 'Kernel panic - not syncing: x',
    device_bytes: String(deviceSize),
  };
  const mark = (path: string, words: string, more = {}): string =>
    shell(`device=${path}; marker_at=${deviceSize - 4096}; mark ${words}`, {
      ...settings,
      previous: inFolder('previous'),
      ...more,
    });

  test('takes 4096 bytes and nothing else', () => {
    const path = device([deviceSize - 4097, 'x'], [deviceSize - 1, 'x']);
    mark(path, 'complete 4711 105');
    const bytes = readFileSync(path);
    const text = bytes.subarray(-4096).toString('latin1');
    expect(text.replaceAll('\0', '')).toMatch(
      /^crashseal-dump 1\nstate=complete\nformat=kdump\nsize=4711\nprofile=it's a test\nrelease=.+\nbundle=abcd\nstarted=100\nfinished=105\nslots=1\nslot=1\nledger=1\noffset=0\ndmesg_offset=4096\ndmesg_size=7\nencryption=none\nwhat=vmcore\nseconds=5\npanic=Kernel panic - not syncing: x\n$/,
    );
    expect(bytes.length).toBe(deviceSize);
    expect(bytes.at(-4097)).toBe('x'.charCodeAt(0));
    expect(bytes.at(-1)).toBe(0);
    expect(shell(`marker_value ${path} size; marker_value ${path} ''`)).toBe('4711\nyes');
  });

  test('keeps the UUID by which its device is found again', () => {
    const path = device();
    mark(path, 'writing 0 0', { target_by: 'uuid', target_value: '0a0b-0c0d' });
    expect(shell(`marker_value ${path} uuid`)).toBe('0a0b-0c0d');
  });

  test('tells why the dump failed, and what failed before it, a line each, however much that is', () => {
    const path = device();
    const many = Array.from({ length: 20 }, (_, index) => `target ${index}: ${'y'.repeat(500)}`);
    shell(`cat >${inFolder('previous')} <<'END'\n${many.join('\n')}\nEND`);
    mark(path, 'failed 0 0', { reason: `one\ntwo\n${'z'.repeat(5000)}` });
    expect(shell(`marker_value ${path} reason`)).toMatch(/^one two z{192}$/);
    const text = readFileSync(path).subarray(-4096).toString('latin1');
    expect(text.match(/^previous=/gm)?.length).toBe(8);
    expect(text.at(-1)).toBe('\0');
  });
});
