/** The servers that other tests run beside a guest: they answer, they hang when told to, and nothing of them stays. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startNfsServer } from '../support/servers/nfs-server.ts';
import { withWorkFolder } from '../support/work-folder.ts';

/** What a NULL call (RFC 5531) of NFS 3 gives. */
const ping = (port: number): Promise<'answered' | 'silent' | 'refused'> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (result: 'answered' | 'silent' | 'refused') => () => {
      socket.destroy();
      resolve(result);
    };
    const call = [0x80000028, 1, 0, 2, 100003, 3, 0, 0, 0, 0, 0];
    const bytes = new DataView(new ArrayBuffer(4 * call.length));
    for (const [index, word] of call.entries()) bytes.setUint32(4 * index, word);
    socket.on('connect', () => socket.write(new Uint8Array(bytes.buffer)));
    socket.on('data', end('answered'));
    socket.on('error', end('refused'));
    socket.setTimeout(1000, end('silent'));
  });

test('a server beside the guest answers, hangs when it is paused, and is gone when it is stopped', () =>
  withWorkFolder('servers', async (folder) => {
    const server = await startNfsServer(folder);
    try {
      expect(await ping(server.port)).toBe('answered');
      server.pause();
      expect(await ping(server.port)).toBe('silent');
      server.resume();
      expect(await ping(server.port)).toBe('answered');
    } finally {
      await server.stop();
    }
    expect(await ping(server.port)).toBe('refused');
  }));
