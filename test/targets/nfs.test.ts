/** What a profile may say of an NFS server, and what becomes of it. */
import { describe, expect, test } from 'vitest';
import { targetManifest, targetNeeds, targetSettings } from '../../pipeline/targets/targets.ts';
import { problemsWith, settled } from '../profile/profile-texts.ts';

const nfs = (more = '') =>
  settled(`target: { kind: nfs, server: nfs.example.org, export: /srv/crash${more} }`).targets[0];
const problems = (more: string) =>
  problemsWith(`target: { kind: nfs, server: nfs.example.org, export: /srv/crash, ${more} }`);

test('an export is mounted with version 4.1, below its own directory', () => {
  const target = nfs();
  if (target === undefined) throw new Error('no target');
  expect(targetNeeds(target)).toEqual({
    drivers: ['nfsv4'],
    tools: [],
    server: 'nfs.example.org',
  });
  expect(targetManifest(target)).toMatchObject({
    kind: 'nfs',
    description: '/var/crash of the NFS export nfs.example.org:/srv/crash',
  });
  expect(targetSettings(target)).toMatchObject({
    target_kind: 'nfs',
    target_server: 'nfs.example.org',
    target_export: '/srv/crash',
    target_version: '4.1',
    target_port: '',
    target_mount_port: '',
    target_options: '',
    target_directory: '/var/crash',
  });
});

test.each([
  ['4.2', '4.2', 'nfsv4'],
  ['4.1', '4.1', 'nfsv4'],
  ['4.0', '4.0', 'nfsv4'],
  ['"4.0"', '4.0', 'nfsv4'],
  ['3', '3', 'nfsv3'],
  ['"3"', '3', 'nfsv3'],
])('version %s is %s, and needs %s', (written, version, driver) => {
  const target = nfs(`, version: ${written}`);
  expect(target).toMatchObject({ version });
  expect(target && targetNeeds(target).drivers).toEqual([driver]);
});

describe('refused is', () => {
  test.each([
    ['version: 2', 'wrong-value', 'target.version'],
    ['version: 4.3', 'wrong-value', 'target.version'],
    ['port: 0', 'wrong-value', 'target.port'],
    ['mountPort: 20048', 'key-of-other-shape', 'target.mountPort'],
    ['server: "nfs.example.org:/srv"', 'wrong-value', 'target.server'],
    ['export: srv', 'wrong-value', 'target.export'],
    ['directory: ../x', 'wrong-value', 'target.directory'],
    ['options: "ro"', 'wrong-value', 'target.options'],
    ['options: ["wsize=1,ro"]', 'wrong-value', 'target.options.0'],
    ['exports: /srv', 'unknown-key', 'target.exports'],
    ['device: /dev/vdb', 'key-of-other-shape', 'target.device'],
  ])('%s', (more, kind, key) => {
    const [, name] = /^(\w+):/.exec(more) ?? [];
    const text = `kind: nfs, server: nfs.example.org, export: /srv/crash`
      .split(', ')
      .filter((one) => !one.startsWith(`${name}:`))
      .join(', ');
    expect(problemsWith(`target: { ${text}, ${more} }`)).toMatchObject([{ kind, key }]);
  });

  test.each([
    'vers=4.2',
    'nfsvers=3',
    'minorversion=1',
    'port=2049',
    'addr=192.0.2.7',
    'soft',
    'hard',
    'timeo=600',
    'ro',
    'async',
    'nolock',
    'sec=krb5p',
    'proto=rdma',
  ])('the mount option %s', (option) => {
    expect(problems(`options: [rsize=65536, ${option}]`)).toMatchObject([
      { kind: 'mount-option', key: 'target.options.1', found: option },
    ]);
  });
});

test('other options are handed on', () => {
  const target = nfs(', options: [wsize=65536, nconnect=2]');
  expect(target && targetSettings(target).target_options).toBe('wsize=65536,nconnect=2');
});
