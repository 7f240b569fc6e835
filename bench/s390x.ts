/** Both loaders on s390x, whose kernels for tests are no packages, and whose guest starts from a disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDumpDevice } from '../pipeline/guest/dump-device.ts';
import { buildBundle, developmentKeys } from '../test/support/crashseal.ts';
import { makedumpfileOf, packagePrograms } from '../test/support/packages.ts';
import { peerLoad } from '../test/support/peer.ts';
import { dumpBusId } from '../test/support/s390x/capture.ts';
import { s390xKernel } from '../test/support/s390x/kernels.ts';
import { s390xGuestOptions, s390xInitramfs } from '../test/support/s390x/system.ts';
import { testSystems } from '../test/support/systems/systems.ts';
import { measured, memoryOf } from './architectures.ts';
import type { Figure } from './figure.ts';
import { benchFolder, commandLine, loadOurs, ourFiles, profileOf, savingInit } from './rig.ts';

const arch = 's390x';
/** The guest's own disk comes before it. */
const dumpDisk = '/dev/vdb';

export async function bothLoadersOnS390x(series: string): Promise<readonly Figure[]> {
  const name = `${arch}-${series}`;
  const folder = join(benchFolder, name);
  mkdirSync(folder, { recursive: true });
  const { image } = await s390xKernel(series);
  const { crashkernel, profile: consoleKeys, suite } = testSystems[arch];
  const capture = join(folder, 'capture.cpio');
  writeFileSync(capture, await s390xInitramfs([], savingInit(dumpDisk, 'all')));
  const keys = developmentKeys(benchFolder);
  const profile = {
    ...profileOf('usual', commandLine),
    ...consoleKeys,
    arch,
    kernel: { from: 'files', image },
    crashkernel,
    target: { kind: 'raw', device: dumpDisk },
  };
  const bundle = buildBundle(folder, profile, keys);
  const disk = join(folder, 'disk.raw');
  makeDumpDevice(disk, memoryOf(arch));
  const guest = await s390xGuestOptions(folder, {
    name,
    series,
    memory: memoryOf(arch),
    files: [
      ...(await packagePrograms(arch, { 'kexec-tools': 'sbin/kexec' })),
      { path: 'vmlinuz', content: { from: image } },
      { path: 'capture.cpio', content: { from: capture } },
      ...ourFiles(arch, keys, [{ form: 'usual', path: bundle }]),
    ],
    disks: [{ path: disk, busId: dumpBusId }],
    guest: { logFolder: folder },
  });
  return measured({
    arch,
    release: series,
    disk,
    guest,
    load: { usual: loadOurs('usual'), peer: peerLoad(commandLine.join(' ')) },
    makedumpfile: await makedumpfileOf(arch),
    silent: true,
    peerSuite: suite,
    aim: undefined,
  });
}
