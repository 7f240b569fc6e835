/** Drivers, in the order that they ask for. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { initScript } from '../../../pipeline/components/init/init.ts';
import { inFolder, shell, sysfs } from './shell.ts';

test('what the buses have found is loaded once, and again when there is more', () => {
  sysfs('devices/a/modalias', 'pci:v1\n');
  expect(
    shell(`modprobe() { :; }
xargs() { tr '\\0' ' '; echo; }
coldplug; coldplug; mkdir -p "$sys/devices/b c"; echo 'usb:v2' >"$sys/devices/b c/modalias"; coldplug`),
  ).toBe('pci:v1 \npci:v1 usb:v2');
});

test('pre soft dependencies are taken from the index, by either spelling', () => {
  const index = inFolder('lib/modules/1.0/modules.softdep');
  mkdirSync(dirname(index), { recursive: true });
  writeFileSync(index, '# made\nsoftdep a-b pre: one two post: three\nsoftdep c post: four\n');
  const text = initScript.replaceAll('/lib/modules/', `${inFolder()}/lib/modules/`);
  const copy = inFolder('init.sh');
  writeFileSync(copy, text);
  const body = `. ${copy}; uname() { echo 1.0; }; softdeps a_b; softdeps c`;
  expect(execFileSync('busybox', ['sh', '-c', body], { encoding: 'utf8' })).toBe('one\ntwo\n');
});
