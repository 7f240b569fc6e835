/** CCW devices, which come offline. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inFolder, shell } from './shell.ts';

describe('CCW devices', () => {
  const online = (ids: string): string =>
    shell('set_online; cat "$sys"/bus/ccw/devices/*/online', {
      target_online: ids,
    });

  test('are set online, and one that is not there is told', () => {
    for (const id of ['0.0.0201', '0.0.1900']) {
      mkdirSync(inFolder('sys/bus/ccw/devices', id), { recursive: true });
      writeFileSync(inFolder('sys/bus/ccw/devices', id, 'online'), '0\n');
    }
    expect(online('')).toBe('0\n0');
    expect(online('0.0.1900')).toBe('0\n1');
    expect(online('0.0.0201 0.0.4711')).toContain('device 0.0.4711 could not be set online');
    expect(online('')).toBe('1\n1');
  });
});
