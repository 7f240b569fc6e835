/** What is taken over of a lease. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inFolder } from './shell.ts';

const script = readFileSync('pipeline/components/init/lease.sh', 'utf8');

/** What the file of the lease says after an event. */
const after = (event: string, words: Readonly<Record<string, string>>): string => {
  mkdirSync(inFolder('run'), { recursive: true });
  const here = script.replaceAll('/run/crashseal', inFolder('run'));
  spawnSync('busybox', ['sh', '-c', here, 'lease', event], { env: { PATH: '/bin', ...words } });
  const body = `. ${inFolder('run/lease')}; echo "$ip|$mask|$router|$dns|$mtu|$staticroutes"`;
  return spawnSync('busybox', ['sh', '-c', body], { encoding: 'utf8' }).stdout.trim();
};

test('a lease is kept as words that the shell reads back', () => {
  const lease = { ip: '192.0.2.7', mask: '24', router: '192.0.2.1', dns: '192.0.2.53 192.0.2.54' };
  expect(after('bound', lease)).toBe('192.0.2.7|24|192.0.2.1|192.0.2.53 192.0.2.54||');
  expect(after('deconfig', {})).toBe('192.0.2.7|24|192.0.2.1|192.0.2.53 192.0.2.54||');
  expect(after('renew', { ip: '192.0.2.8', mtu: '1400' })).toBe('192.0.2.8||||1400|');
});

test('a server that sends commands is not listened to', () => {
  const evil = "1.2.3.4'; reboot -f; '$(reboot)`x`";
  expect(after('bound', { ip: '192.0.2.7', router: evil, dns: evil })).toMatch(
    /^192\.0\.2\.7\|\|1\.2\.3\.4[ ebf]*\|1\.2\.3\.4[ ebf]*\|\|$/,
  );
});
