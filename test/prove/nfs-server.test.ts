/** When no NFS server can be had, it is said why. What one does is in e2e/test-crash-stands-in-for-servers. */
import { afterEach, expect, test, vi } from 'vitest';
import { realHost } from '../../pipeline/host/real-host.ts';
import { startNfsServer } from '../../pipeline/prove/nfs-server.ts';
import { freshWorkFolder } from '../support/work-folder.ts';

const host = realHost();
const withoutGanesha = { ...host, run: () => host.run('ganesha-that-nobody-has', []) };
const target = { path: '/srv/crash', version: '4.1' };

afterEach(() => void vi.restoreAllMocks());

test.each([
  ['NFS 3', { ...target, version: '3' }, 0, /NFS 4 only/],
  ['a user', target, 1000, /run test-crash as root, with nfs-ganesha/],
  ['an export that its configuration cannot name', { ...target, path: '/a"b' }, 0, /\/a"b/],
  ['a machine without it', target, 0, /apt-get install nfs-ganesha nfs-ganesha-vfs/],
])('no server for %s', async (_, wanted, user, why) => {
  vi.spyOn(process, 'getuid').mockReturnValue(user);
  const folder = freshWorkFolder('nfs-server');
  expect(await startNfsServer(withoutGanesha, wanted, folder)).toEqual({
    cannot: expect.stringMatching(why),
  });
});
