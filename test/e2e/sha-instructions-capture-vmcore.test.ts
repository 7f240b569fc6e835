/**
 * On a CPU with SHA instructions the loader finds them, and purgatory takes its digests with them:
 * the dump is as good, and a flipped bit is found all the same.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode } from '../../pipeline/format/layout.ts';
import {
  cpuFeatures,
  purgatoryHead,
  purgatoryHeadSize,
} from '../../pipeline/format/purgatory-layout.ts';
import { complaintsAbout } from '../../pipeline/guest/dump-complaints.ts';
import { completionMarker } from '../../pipeline/guest/dump-device.ts';
import { flipBit } from '../../pipeline/guest/loaded-image.ts';
import { armedState } from '../support/armed-state.ts';
import { newerQemu } from '../support/newer-qemu.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const qemuBinary = newerQemu();

test.skipIf(qemuBinary === undefined)('sha-instructions-capture-vmcore', () =>
  withWorkFolder('sha-instructions', async (folder) => {
    const armed = await armedState(folder, {
      name: 'sha-instructions',
      kernel: '6.12',
      cpus: 2,
      ...(qemuBinary === undefined ? {} : { guest: { qemuBinary } }),
    });
    const intact = await armed.again('sha-instructions');
    const head = decode(
      purgatoryHead,
      await intact.guest.withMemory((memory) => memory.read(armed.image.head, purgatoryHeadSize)),
    );
    const sha = BigInt(cpuFeatures.x86Sha.code);
    expect(head.ok && head.value.cpuFeatures & sha).toBe(sha);
    const mark = await intact.panic(1);
    expect((await intact.guest.ended()).reason).toBe('guest-shutdown');
    expect(completionMarker(join(folder, 'disk.raw'))).toContain('state=complete');
    expect(complaintsAbout(armed.disk, { ...armed, cpus: 2, mark })).toEqual([]);

    const corrupted = await armed.again('sha-instructions-corrupted');
    const kernel = armed.image.regions.find(({ name }) => name === 'kernel');
    if (kernel === undefined) throw new Error('no kernel is loaded');
    await flipBit(corrupted, kernel.start + BigInt(kernel.size >> 1), 6);
    await corrupted.panic();
    expect((await corrupted.guest.ended()).reason).toBe('guest-reset');
    expect(corrupted.guest.console.text()).toContain('corrupt region "kernel"');
  }),
);
