/** Our reading of depmod's indexes against those who define it: modprobe and depmod themselves. */
import { beforeAll, describe, expect, test } from 'vitest';
import { architectures } from '../../pipeline/arch/arch.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { noStore } from '../../pipeline/host/store.ts';
import {
  lookUpModule,
  type ModuleIndex,
  moduleClosure,
  moduleName,
  parseModuleIndex,
} from '../../pipeline/inputs/module-index.ts';
import { findModules } from '../../pipeline/inputs/modules.ts';
import { treeBelow } from '../../pipeline/inputs/tree.ts';
import { must } from '../fixtures/results.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { type TestKernelName, testKernels } from '../support/kernels.ts';

const host = realHost();
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

describe.each(testKernels.map(({ name }) => name))('the modules of %s', (name: TestKernelName) => {
  let root = '';
  let release = '';
  let folder = '';
  let index: ModuleIndex;
  let severalLines = new Set<string>();
  beforeAll(async () => {
    ({ root, release } = await testKernelTree(name));
    folder = `${root}/lib/modules/${release}`;
    const read = async (kind: string) => text(await host.readFile(`${folder}/modules.${kind}`));
    const softNames = (await read('softdep'))
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? []);
    severalLines = new Set(softNames.filter((name, at) => softNames.indexOf(name) !== at));
    index = parseModuleIndex({
      dep: await read('dep'),
      alias: await read('alias'),
      softdep: await read('softdep'),
      builtin: await read('builtin'),
      builtinModinfo: await read('builtin.modinfo'),
    });
  }, 300_000);

  const byModprobe = async (asked: string): Promise<string[]> => {
    const ran = must(
      await host.run('modprobe', ['-C', '/dev/null', '-d', root, '-S', release, '-D', asked]),
    );
    const paths = text(ran.stdout)
      .split('\n')
      .flatMap((line) => /^insmod (\S+)/.exec(line)?.[1]?.slice(folder.length + 1) ?? []);
    return [...new Set(paths)].sort();
  };
  /**
   * A module may state its soft dependencies in several lines. modprobe takes the first of them, we
   * take all, as the module's author meant it; then we have modprobe's files and more.
   */
  const compare = async (asked: string): Promise<void> => {
    const ours = byUs(asked);
    const theirs = await byModprobe(asked);
    if (ours.some((path) => severalLines.has(moduleName(path))))
      expect({ asked, lacking: theirs.filter((path) => !ours.includes(path)) }).toEqual({
        asked,
        lacking: [],
      });
    else expect({ asked, paths: ours }).toEqual({ asked, paths: theirs });
  };
  const byUs = (asked: string): string[] => {
    const found = lookUpModule(index, asked);
    const names = found.kind === 'modules' ? found.names : [];
    return [...moduleClosure(index, names).values()].map(({ path }) => path).sort();
  };

  test('modprobe would load the same files for every fortieth module', async () => {
    const names = [...index.modules.keys()].sort().filter((_, at) => at % 40 === 0);
    expect(names.length).toBeGreaterThan(90);
    for (const asked of names) await compare(asked);
  }, 120_000);

  test.each([
    'ext4',
    'btrfs',
    'cifs',
    'nvme',
    'virtio-blk',
    'virtio_pci',
    'qla2xxx',
    'crc32c',
    'crypto-crc32c',
    'fs-ext4',
    'pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00',
    'virtio:d00000002v00001AF4',
    'scsi:t-0x00',
    'no-such-module',
  ])('and for %s', compare);

  test.each([
    [['virtio_blk', 'virtio_pci', 'sd_mod']],
    [['ext4', 'nvme', 'dm-crypt']],
    [['storage']],
  ])(
    'depmod writes the indexes that we cut out for %s',
    async (drivers) => {
      const { set } = must(
        await findModules(
          host,
          noStore,
          { places: [{ tree: treeBelow(host, folder), folder: '.' }], release, origin: name },
          drivers.map((driver) => ({ name: driver, at: undefined })),
          architectures.x86_64,
        ),
      );
      await host.withTempFolder(async (temp) => {
        const small = `${temp}/lib/modules/${release}`;
        for (const { path, bytes } of set.files) {
          await host.makeFolder(`${small}/${path.slice(0, path.lastIndexOf('/'))}`);
          await host.writeFile(`${small}/${path}`, bytes);
        }
        for (const list of ['builtin', 'builtin.modinfo', 'order'])
          await host.writeFile(
            `${small}/modules.${list}`,
            (await host.readFile(`${folder}/modules.${list}`)) ?? new Uint8Array(),
          );
        must(await host.run('depmod', ['-b', temp, release]));
        for (const { name: list, bytes } of set.indexes) {
          const theirs = text(await host.readFile(`${small}/${list}`));
          if (list === 'modules.dep')
            expect(dependencySets(text(bytes))).toEqual(dependencySets(theirs));
          else expect({ list, text: text(bytes) }).toEqual({ list, text: theirs });
        }
        const dep = set.indexes.find((one) => one.name === 'modules.dep');
        expect(outOfOrder(text(dep?.bytes))).toEqual([]);
      });
    },
    120_000,
  );
});

/** Lines in order, the modules of each as a set. */
const dependencySets = (dep: string): readonly (readonly string[])[] =>
  dep.split('\n').map((line) => {
    const [path, ...rest] = line.split(' ');
    return [path ?? '', ...rest.sort()];
  });

/**
 * depmod sorts a line by an order over all modules, and the order over a few may differ; both serve,
 * as long as whoever loads a line from its end has each module's own dependencies before it.
 */
function outOfOrder(dep: string): readonly string[] {
  const lines = dep.split('\n').filter((line) => line !== '');
  const needs = new Map(
    lines.map((line) => {
      const [path, rest] = line.split(':');
      return [
        path ?? '',
        (rest ?? '')
          .trim()
          .split(' ')
          .filter((one) => one !== ''),
      ];
    }),
  );
  return [...needs].flatMap(([path, list]) => {
    const loaded = new Set<string>();
    return [...list].reverse().flatMap((one) => {
      const early = (needs.get(one) ?? []).filter((need) => !loaded.has(need));
      loaded.add(one);
      return early.map((need) => `${path}: ${one} before ${need}`);
    });
  });
}
