/** What a person reads when a profile is wrong, and that nothing shipped is. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { noPaint, renderProblems } from '../../pipeline/cli/render-problems.ts';
import type { NotRead } from '../../pipeline/host/host.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import type { ProfileProblem } from '../../pipeline/problem/profile-problem.ts';
import { renderProfileSchema } from '../../pipeline/profile/editor-schema.ts';
import type { ProfileFiles } from '../../pipeline/profile/layers.ts';
import { problemMeanings } from '../../pipeline/profile/problem-reference.ts';
import { parseProfile, parseProfileFiles } from '../../pipeline/profile/profile.ts';
import { profileDocParts } from '../../pipeline/profile/reference.ts';
import { ssh } from '../../pipeline/targets/ssh/ssh.ts';
import { parseProfileText } from '../fixtures/profile-text.ts';
import { smallest, withLines } from './profile-texts.ts';

const golden = '../golden/profile';

const rendered = (text: string): string => {
  const result = parseProfileText('web.yaml', text);
  const words = result.ok ? 'sound\n' : renderProblems(result.problems, noPaint);
  const numbered = text
    .trimEnd()
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(3)}  ${line}`);
  return `${numbered.join('\n')}\n\n${words}`;
};

const texts: Readonly<Record<string, string>> = {
  'empty-file': '# nothing yet\n',
  syntax: 'name: web\n\tkernel: [\nname: twice\n',
  'yaml-habits': withLines(
    'limits: { cpus: 64 }',
    'limits: { cpus: 128 }',
    'epoch: 010',
    'crashkernel: 256 MB',
    'kernel: { from: apt, package: linux, version: 6.10 }',
    'localOverlay: { max: 64KiB }',
    'testing: yes',
    '---',
    'name: b',
  ),
  'unsupported-yaml': withLines('limits: { cpus: 0755 }', 'a: &x 1', 'b: *x', '<<: {}'),
  'three-mistakes': withLines('finalAktion: reboot')
    .replace('256M', '0256M')
    .replace('raw', 'tape'),
  'missing-keys': 'arch: x86_64\n',
  'wrong-values': withLines(
    'limits: { cpus: many, memoryRanges: 99999999999999999999 }',
    'dump: { level: 32, compression: lz4 }',
    'finalAction: rebot',
    'onCorruption: [massage, { step: pvpanic, port: "0x10000" }]',
    'match: [{ file: ../etc/hostname, equals: a }]',
    'notAfter: 2027-02-31',
    'console: { device: tty.S0, baud: 1200 }',
    'epoch: 1.5',
    'backend: [segments]',
  ).replace('PARTLABEL=crashdump', 'sda'),
  'unknown-keys': withLines(
    'kernel-form: direct',
    'target: { kind: raw, device: /dev/vdb, wait: 3 }',
    'dump: { levle: 31 }',
    'colour: blue',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  network: withLines(
    'targets:',
    '  - kind: nfs',
    '    server: nfs.example.org',
    '    export: /crash',
    '    options: [wsize=65536, vers=4.2, soft, sec=krb5p]',
    'network:',
    '  interface: enp1s0',
    '  bond: { members: [52:54:00:12:34:56, eth0.42, wlan0, eth1, eth1, MAC=01:00:5e:00:00:01] }',
    '  address: [192.0.2.7, 192.0.2.0/24, 192.0.2.7/33, dhcp6, 2001:db8::7/64]',
    '  gateway: [192.0.2.1, 2001:db8:1::1, ff02::1, router]',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  'network-without-names': withLines(
    'target: { kind: nfs, server: nfs.example.org, export: /crash }',
    'network: { interface: eth0:1, address: slaac }',
  ),
  'network-unused': withLines('network: { interface: MAC=52:54:00:12:34:56 }'),
  'keys-of-other-shapes': withLines(
    'initramfs: { from: file, path: own.img, drivers: [nvme], compression: xz }',
    'tools: { from: debs, root: / }',
  ).replace('package:', 'path: x.deb, package:'),
  recipients: withLines(
    'recipient:',
    '  - AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX',
    '  - age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8',
    '  - age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z',
    '  - age1yubikey1qwxwtst2r',
    '  - age1pq1qqqq',
    '  - ssh-rsa AAAAB3NzaC1yc2E=',
    '  - ssh-ed25519 AAAA',
    '  - anybody',
  ),
  'targets-alike': withLines(
    'targets:',
    '  - { kind: raw, device: /dev/vda }',
    '  - { kind: raw, device: /dev/vdb, onUncollected: replace-oldest }',
    '  - { kind: raw, device: /dev/vda, timeout: 5 }',
  ),
  'file-system-keys': withLines(
    'targets:',
    '  - { kind: filesystem, device: LABEL=crash, directory: ../crash, type: zfs, keep: 0, keepFree: 2GB }',
    '  - { kind: filesystem, device: /dev/vdb, onUncollected: replace }',
    '  - { kind: raw, device: LABEL=crash }',
    '  - { kind: filesystem, device: LABEL=a, stack: lvm }',
    '  - { kind: filesystem, device: LABEL=b, stack: [lvm, lvm] }',
    '  - { kind: filesytem, device: LABEL=e }',
    '  - { kind: filesystem, device: LABEL=f, dir: /crash }',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  'file-systems-not-found': withLines(
    'localOverlay: { max: 64K }',
    'targets:',
    '  - { kind: filesystem, device: UUID=1234 }',
    '  - { kind: filesystem, device: /dev/disk/by-id/x }',
    '  - { kind: filesystem, device: /dev/vg0/crash }',
    '  - { kind: filesystem, device: "UUID=0e9bf3e1:6f1b3d37:d1cbd9b3:2c0a9f1e" }',
    '  - { kind: filesystem, device: PARTLABEL=crash, stack: [lvm] }',
    '  - { kind: raw, device: /dev/md127, stack: [md] }',
    '  - { kind: raw, device: /dev/mapper/dump, stack: [luks] }',
    '  - { kind: filesystem, device: LABEL=c, luks: { uuid: 6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55 } }',
    '  - { kind: filesystem, device: LABEL=d, stack: [luks], luks: { uuid: 6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55, passphrase: x } }',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  crashkernel: smallest.replace(
    'crashkernel: 256M',
    `crashkernel:
  - crashkernel=256M
  - 256MB
  - 0256M
  - 16777216E
  - "256"
  - 2G-1G:64M
  - 1G-2G:64M,1536M-:128M
  - 128M-512M:1G
  - 256M@33K
  - 512M,high
  - 1G,high
  - 64M,low
  - 512M,cma
  - 1G:128M`,
  ),
  'low-without-high': smallest.replace('256M', '64M,low'),
  'reserves-nothing': smallest.replace('256M', '1G-2G:0'),
  contradictions: withLines(
    'kernelForm: direct',
    'commandLine:',
    '  append: [elfcorehdr=0x1000, memmap=exactmap, quiet, module_blacklist=nvme]',
    '  remove: [nokaslr, quiet]',
    'dump: { format: elf, level: 31, compression: zlib }',
    'onCorruption: [message, halt, pvpanic, message]',
    'match: [{ file: /sys/firmware/efi }, { file: /etc/hostname, equals: a, prefix: b }]',
    'memoryMap: memmap',
    'backend: file',
    'hotplug: rearm',
    'limitLoads: true',
  ),
  'policy-not-final': withLines('onCorruption: [pvpanic, pvpanic]'),
  'own-initramfs': withLines(
    'initramfs: { from: file, path: own.img }',
    'tools: { from: installed }',
    'dump: { level: 1 }',
    'finalAction: halt',
  ),
  's390x-not-there': withLines(
    'arch: s390x',
    'kernelForm: direct',
    'memoryMap: e820',
    'backend: auto',
    'hotplug: kernel',
    'console: { device: ttyS0, baud: 9600 }',
    'onCorruption: [reset]',
  ),
  's390x-ipl-devices': withLines(
    'arch: s390x',
    'onCorruption:',
    '  - { step: ipl, ccw: 4711 }',
    '  - { step: ipl, ccw: 0.4.4711, in: check }',
    '  - { step: ipl, eckd: { device: 0.0.47110, brChr: "70000,0,1" } }',
    '  - { step: ipl, fcp: { device: 0.1.1900, wwpn: "0x50050763", lun: 0x0001000000000000 } }',
    '  - { step: ipl, nvme: { fid: "300", nsid: "0x1" } }',
    '  - { step: ipl, delay: 5m }',
    '  - { step: ipl, ccw: 0.0.4711, from: dump, type: fcp }',
    `  - { step: ipl, fcp: { device: 0.0.1900, wwpn: "0x${'0'.repeat(16)}", lun: "0x${'0'.repeat(16)}" } }`,
  ),
  'device-useless': smallest.replace('PARTLABEL=crashdump', '/dev/disk/by-id/ata-A_B'),
  servers: withLines(
    'targets:',
    '  - { kind: ssh, host: a, hostKey: ssh-ed25519 AAAA }',
    '  - { kind: ssh, host: b, hostKey: hunter2 }',
    `  - { kind: ssh, host: c, hostKey: "c ${ssh.example.hostKey}", identity: hunter2 }`,
    '  - { kind: ssh, host: d, hostKey: ssh-dss AAAAB3NzaC1kc3M= }',
    '  - kind: ssh',
    '    host: e',
    '    hostKey: |',
    `      -----BEGIN OPENSSH ${'PRIVATE'} KEY-----`,
    '      b3BlbnNzaC1rZXktdjEAAAAA',
    '  - { kind: http, url: dumps.example.org, token: hunter2 }',
    '  - { kind: http, url: "https://user:hunter2@dumps.example.org" }',
    '  - { kind: http, url: "http://dumps.example.org/?to=crash", token: /etc/token }',
    '  - { kind: http, url: "https://dumps.example.org/b", ca: /etc/ssl/ca.pem }',
    '  - kind: http',
    '    url: https://dumps.example.org/c',
    '    ca: |',
    '      -----BEGIN CERTIFICATE-----',
    '      MIIB',
    '      -----END CERTIFICATE-----',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  's390x-online': withLines('arch: s390x', 'console: sclp').replace(
    'PARTLABEL=crashdump',
    '/dev/dasda1, online: [0.0.0201, 0.4.0201, dasda]',
  ),
  's390x-ipl-texts': withLines(
    'arch: s390x',
    'onCorruption:',
    '  - { step: ipl, ccw: 0.0.4711, loadparm: TOO LONG 1, scpData: dump }',
    '  - { step: ipl, from: { block: sda }, loadparm: "a*b", type: ccw }',
    '  - { step: ipl, from: reipl, type: fcp, scpData: "a\\tb" }',
  ),
  's390x-ipl-shapes': withLines(
    'arch: s390x',
    'onCorruption:',
    '  - { step: ipl, fcp: { device: 0.0.1900, wwpn: 0x500507630300c562, lun: no, brLba: -1 } }',
    '  - { step: ipl, from: { scsi: sda } }',
    '  - { step: ipl, from: reipl, typ: fcp }',
    '  - { step: ipl, ccw: 0.0.4711, delay: soon, in: both calls }',
    '  - { step: wait, ccw: 0.0.4711 }',
    '  - { step: reset }',
  ),
  's390x-policy': withLines(
    'arch: s390x',
    'testing: yes',
    'onCorruption:',
    '  - message',
    '  - { step: return, in: start }',
    '  - { step: wait, code: "0x1fff", in: check }',
    '  - { step: wait, code: "0x4511", in: check }',
    '  - { step: wait, code: "0xc504" }',
    '  - { step: wait, code: "d0d0" }',
    '  - { step: wait, code: 0 }',
    '  - message',
  ),
  's390x-policy-not-final': withLines('arch: s390x', 'console: sclp', 'onCorruption: [message]'),
  'x86_64-not-there': withLines(
    'target: { kind: raw, device: /dev/vdb, online: [0.0.0201] }',
    'console: sclp',
    'testing: true',
    'elfcorehdr: none',
    'machineLevel: z14',
    'kernelForm: image',
    'memoryMap: swap',
    'onCorruption: [return, wait]',
  ).replace('target: { kind: raw, device: PARTLABEL=crashdump }\n', ''),
  'unknown-uart': withLines('console: { device: ttyS7 }'),
  'uart-without-address': withLines('arch: arm64', 'console: { device: ttyAMA0 }'),
};

test.each(Object.entries(texts))('%s reads as in its golden file', async (name, text) => {
  await expect(rendered(text)).toMatchFileSnapshot(`${golden}/${name}.txt`);
});

test('files that are extended read as in their golden file', async () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const names = Array.from({ length: 64 }, (_, index) => `part-${index}.yaml`);
  const files: ProfileFiles = new Map<string, Uint8Array | NotRead>([
    ['web.yaml', bytes('extends: [a.yaml, gone.yaml]\nnmae: web\n')],
    ['a.yaml', bytes('extends: b.yaml\nepoch: never\n')],
    ['b.yaml', bytes('extends: a.yaml\n')],
    ['other.yaml', Uint8Array.of(0xff)],
    ['fifo', 'not-a-file' as const],
    ['large.yaml', 'too-large' as const],
    ['many.yaml', bytes(`extends: [${names.join(', ')}]\n`)],
    ...names.map((name) => [name, bytes('epoch: 1\n')] as const),
  ]);
  const asked = ['web.yaml', 'none.yaml', 'other.yaml', 'fifo', 'large.yaml', 'many.yaml'];
  const all = asked.map((file) => {
    const result = parseProfileFiles(file, files);
    return result.ok ? '' : renderProblems(result.problems, noPaint);
  });
  await expect(all.join('\n')).toMatchFileSnapshot(`${golden}/extends.txt`);
});

test('every kind of problem is met in these files', () => {
  const met = new Set(
    Object.values(texts).flatMap((text) => {
      const result = parseProfileText('web.yaml', text);
      return result.ok ? [] : result.problems.map(({ kind }) => kind as ProfileProblem['kind']);
    }),
  );
  const elsewhere: readonly ProfileProblem['kind'][] = [
    // The test above.
    'no-file',
    'not-text',
    'not-a-file',
    'too-large',
    'extends-cycle',
    'extends-too-many',
    // About two profiles.
    'same-name-twice',
    // Of another kind of file: test/profile/dumpconf.test.ts.
    'dumpconf-syntax',
    'dumpconf-unknown-setting',
    'dumpconf-unsupported',
    'dumpconf-missing',
  ];
  const kinds = Object.keys(problemMeanings) as ProfileProblem['kind'][];
  expect(kinds.filter((kind) => !met.has(kind) && !elsewhere.includes(kind))).toEqual([]);
});

describe('what is shipped', () => {
  const profiles = readdirSync('profiles').filter((name) => name.endsWith('.yaml'));

  test('there are profiles for four classes of machines', () => {
    expect(profiles.length).toBeGreaterThanOrEqual(4);
  });

  test.each(profiles)('%s is sound and named like its file', async (name) => {
    const result = await parseProfile(realHost(), `profiles/${name}`);
    expect(result.ok ? [] : renderProblems(result.problems, noPaint)).toEqual([]);
    expect(result.ok && `${result.value.name}.yaml`).toBe(name);
  });

  test('the JSON Schema is that of the check', () => {
    expect(readFileSync('docs/profile.schema.json', 'utf8')).toBe(renderProfileSchema());
  });

  test('the tables of docs/profile.md are those of the check', () => {
    const document = readFileSync('docs/profile.md', 'utf8');
    for (const part of Object.values(profileDocParts())) expect(document).toContain(part);
  });

  test('the first example of docs/profile.md is sound', () => {
    const document = readFileSync('docs/profile.md', 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
    expect(parseProfileText('example.yaml', example).ok).toBe(true);
  });
});
