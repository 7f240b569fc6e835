/** What libFuzzer is let loose on: every reader of bytes that we did not write. */

import { testResults } from '../../pipeline/format/attestation-form.ts';
import type { ByteOrder } from '../../pipeline/format/layout.ts';
import { encode } from '../../pipeline/format/layout.ts';
import {
  revocationEntry,
  revocationKinds,
  revocationList,
  revocationMagic,
  revocationVersion,
} from '../../pipeline/format/revocation-layout.ts';
import { encodeSeal } from '../../pipeline/seal/seal-codec.ts';
import { writePem } from '../../pipeline/sign/certificate.ts';
import { joinBytes } from '../../pipeline/units/bytes.ts';
import { digestOf } from '../../pipeline/units/units.ts';
import { attested, statementOf } from '../fixtures/attestations.ts';
import { i386Kcore, i386Machine, i386Parts } from '../fixtures/i386-machine.ts';
import {
  altixCrash,
  altixMap,
  bootParameters,
  encodeMap,
  integrityCrash,
  integrityMap,
  type MapLine,
} from '../fixtures/ia64-machine.ts';
import {
  bridgeNode,
  dynamicLists,
  dynamicTree,
  opalNode,
  ppc64Machine,
  ppc64Parts,
  ppc64Tree,
  rtasNode,
} from '../fixtures/ppc64-machine.ts';
import { sampleImage } from '../fixtures/purgatory-image.ts';
import { s390xIomem, s390xMachine, s390xNotes } from '../fixtures/s390x-machine.ts';
import { sampleSeal } from '../fixtures/sample-seal.ts';
import {
  additionsOf,
  everyAddition,
  longs,
  node,
  sampleTree,
  text,
} from '../fixtures/sample-tree.ts';
import { leaf, middle, root, signedOf, signerKey, smallParts } from '../fixtures/small-bundle.ts';
import {
  type TreeParts,
  treeArchs,
  treeKcore,
  treeMachine,
  treeOf,
  treeParts,
} from '../fixtures/tree-machine.ts';
import { sampleSeal as loaderSeal } from '../fixtures/x86-64-bundle.ts';
import {
  kcore,
  type MachineFiles,
  sampleIomem,
  sampleMachine,
} from '../fixtures/x86-64-machine.ts';
import { bundleWith, signature } from '../loader-trust/bundles.ts';
import { makeNative } from '../purgatory/native.ts';
import { loaderDriver } from '../support/loader-host.ts';
import { archiveCases } from './archive-cases.ts';
import type { Case } from './cases.ts';
import { purgatoryChanges } from './purgatory-cases.ts';
import { sealCases } from './seal-cases.ts';
import { signatureCases } from './signature-cases.ts';

export type FuzzTarget = {
  readonly name: string;
  /** Path of the program, made if need be. */
  readonly program: () => string;
  /** Good inputs, and bad ones of the corpus: where a fuzzer starts. */
  readonly seeds: () => Promise<readonly (Uint8Array | string)[]>;
  /** Largest input. */
  readonly most: number;
};

const ofCases = (cases: readonly Case[], part: 0 | 1): Promise<readonly Uint8Array[]> =>
  Promise.all(cases.map(async (one) => signedOf(await one.bytes())[part]));

/** The files of a machine as fuzz-machine.c reads them, for the architecture of this number. */
function machineInput(architecture: number, files: MachineFiles): Uint8Array {
  const parts = Object.entries(files).map(([path, bytes]) =>
    Buffer.concat([Buffer.from(`=/${path}\n`), Buffer.from(bytes), Buffer.from('\n')]),
  );
  return Uint8Array.from(Buffer.concat([Buffer.from([architecture]), ...parts]));
}

/** What the seal of fuzz-machine.c asks for. */
const asked: MachineFiles = {
  'sys/rule': 'VALUE and more\n',
  'sys/hex': '0x0123456789abcdef\n',
  'sys/dec': '4294967295\n',
  'sys/bus': '0.0.0150\n',
  'sys/bytes': 'sixteen bytes...',
  'sys/bus/ccw/devices/0.0.0150/online': '1\n',
  'etc/crashseal/epoch': '7\n',
  'var/lib/crashseal/floor': 'epoch 7\ntime 1799999999\n',
};
// Memory itself, of which nothing is read, stands at its end.
const kcoreHead = kcore().slice(0, -8192);
/** /sys/kernel/notes with a build id. */
const notesOf = (order: ByteOrder): Uint8Array => {
  const bytes = Buffer.alloc(16 + 20);
  for (const [index, value] of [4, 20, 3].entries())
    if (order === 'little') bytes.writeUInt32LE(value, 4 * index);
    else bytes.writeUInt32BE(value, 4 * index);
  bytes.write('GNU', 12);
  bytes.write('0123456789abcdef0123456789abcdef01234567', 16, 'hex');
  return Uint8Array.from(bytes);
};
const x86Machine: MachineFiles = {
  ...sampleMachine,
  'proc/kcore': kcoreHead,
  'sys/notes': notesOf('little'),
  ...asked,
};

/** Memory itself, of which nothing is read, stands at the end of /proc/kcore. */
function withoutMemory(files: MachineFiles): MachineFiles {
  const core = files['proc/kcore'];
  return core instanceof Uint8Array ? { ...files, 'proc/kcore': core.slice(0, -4096) } : files;
}

/** What else machines with a device tree tell: firmware's memory, and PSCI by ACPI. */
const fadt = new Uint8Array(276).fill(3, 129, 130);
const mmode = node('mmode_resv0@80000000', { reg: longs(0x8000_0000n, 0x8_0000n) });
/** In the crash region: one that is in the way, and one that is not. */
const pools = [
  node('pool@a0200000', { reg: longs(0xa020_0000n, 0x1000n), status: text('okay') }),
  node('pool@a0300000', { reg: longs(0xa030_0000n, 0x1000n), status: text('disabled') }),
];
const reserving = node('reserved-memory', {}, mmode, ...pools);
const treeOthers: readonly MachineFiles[] = [
  { 'proc/device-tree/psci/compatible': 'arm,psci\0', 'sys/firmware/acpi/tables/FACP': fadt },
  { 'sys/firmware/fdt': treeOf({ nodes: [reserving] }) },
];

/** What the tree of a POWER machine may tell: either firmware, inside the crash region and beyond; dynamic memory. */
const powerTrees: readonly Uint8Array[] = [
  ppc64Tree(),
  ppc64Tree([rtasNode(0x2010_0000n), opalNode, bridgeNode]),
  ...Object.entries(dynamicLists).map(([name, list]) => dynamicTree({ [name]: list })),
];

/** A list of one entry of each kind, signed or not. */
function revocations(): readonly Uint8Array[] {
  const kinds = Object.values(revocationKinds);
  const header = encode(revocationList, {
    magic: revocationMagic,
    version: revocationVersion,
    count: kinds.length,
    number: 1n,
    date: 1_800_000_000n,
  });
  const entries = kinds.map(({ code }) =>
    encode(revocationEntry, { kind: code, digest: new Uint8Array(32).fill(code) }),
  );
  const bytes = Buffer.concat([header, ...entries]);
  const p7s = signature([leaf, middle], signerKey, bytes);
  return [Uint8Array.from(bytes), Uint8Array.from(Buffer.concat([bytes, p7s]))];
}

/** Stores and files, about a seal whose digest is zeros. */
function attestations(): readonly Uint8Array[] {
  const sealDigest = digestOf(new Uint8Array(32));
  const statements = testResults.map((result) =>
    statementOf(Uint8Array.of(0), { sealDigest, result }),
  );
  const files = [...statements.map((one) => attested(one)), statementOf(Uint8Array.of(0))];
  return ['', 'require: test-crash\n', 'require: test-crash-warned\n'].flatMap((setting) =>
    [...files, joinBytes(files)].map((file) =>
      joinBytes([new TextEncoder().encode(`${setting}${writePem(root)}\0`), file]),
    ),
  );
}

const encoded = ({ seal, members }: TreeParts) => ({ seal: encodeSeal(seal), members });
/** Boot parameters, three segments from there on, one page after the other, and a map: as fuzz-efi-map.c reads them. */
function efiInput(map: readonly MapLine[], stride: number, from: bigint): Uint8Array {
  const segments = Buffer.alloc(24);
  segments.writeUInt32LE(Number(from >> 12n), 0);
  return Uint8Array.from(Buffer.concat([bootParameters(stride), segments, encodeMap(map, stride)]));
}

const loaderTarget = (name: string, most: number, seeds: FuzzTarget['seeds']): FuzzTarget => ({
  name,
  most,
  seeds,
  program: () => loaderDriver(`fuzz-${name}`),
});

export const fuzzTargets: readonly FuzzTarget[] = [
  loaderTarget('envelope', 16_384, async () => {
    const bundle = await bundleWith();
    const small = await Promise.all(archiveCases.map(async (one) => await one.bytes()));
    return [bundle, bundle.slice(0, 1024), ...small.filter(({ length }) => length <= 16_384)];
  }),
  loaderTarget('cms', 8192, () => ofCases(signatureCases, 1)),
  loaderTarget('trust', 8192, async () => [
    root,
    ...signatureCases.map(({ trust }) => trust?.() ?? writePem(root)),
  ]),
  loaderTarget('verify', 8192, async () => {
    const signed = [signature([leaf, middle], signerKey), signature([middle, leaf], signerKey)];
    const others = await ofCases(signatureCases, 1);
    return [...signed, ...others].map((p7s) => Buffer.concat([root, p7s]));
  }),
  loaderTarget('attestation', 8192, async () => attestations()),
  loaderTarget('revoked', 4096, async () => revocations()),
  loaderTarget('seal', 8192, async () => [
    encodeSeal(loaderSeal),
    encodeSeal(sampleSeal),
    ...treeArchs.map((arch) => encodeSeal(treeParts(arch).seal)),
    ...([32, 64] as const).map((bits) => encodeSeal(i386Parts(bits).seal)),
    (await ppc64Parts()).seal,
    ...(await ofCases(sealCases, 0)),
  ]),
  loaderTarget('purgatory-rules', 16_384, async () =>
    [
      smallParts(),
      ...treeArchs.map((arch) => encoded(treeParts(arch))),
      await ppc64Parts(),
      ...purgatoryChanges.map(smallParts),
    ].map(({ seal, members }) => {
      const size = Uint8Array.of(seal.length & 0xff, seal.length >> 8);
      const image = members.find(({ name }) => name === 'purgatory')?.bytes ?? new Uint8Array();
      return Buffer.concat([size, seal, image]);
    }),
  ),
  loaderTarget('tree', 16_384, async () =>
    [
      sampleTree(),
      sampleTree({ cells: [2, 1], chosen: {} }),
      sampleTree({ nodes: [reserving] }),
      ...powerTrees,
    ].map((tree) =>
      Buffer.concat([
        Uint8Array.of(tree.length & 0xff, tree.length >> 8),
        tree,
        additionsOf(everyAddition),
      ]),
    ),
  ),
  loaderTarget('efi-map', 8192, async () => [
    efiInput(integrityMap, 48, integrityCrash.start),
    efiInput(altixMap, 56, altixCrash.start),
  ]),
  loaderTarget('iomem', 8192, async () => [sampleIomem, s390xIomem]),
  loaderTarget('kcore', 20_000, async () => [
    kcoreHead,
    kcore(undefined, undefined, 'big').slice(0, -8192),
    ...treeArchs.map((arch) => treeKcore(arch).slice(0, -8192)),
    i386Kcore().slice(0, -4096),
  ]),
  loaderTarget('machine', 32_768, async () => [
    machineInput(0, x86Machine),
    machineInput(0, {
      ...x86Machine,
      'sys/kernel/boot_params/data': new Uint8Array(4096),
      'sys/firmware/efi/systab': 'ACPI20=0x7ff7e014\nACPI=0x7ff7e000\n',
    }),
    machineInput(1, { ...s390xMachine, ...s390xNotes, 'sys/notes': notesOf('big'), ...asked }),
    machineInput(1, { ...sampleMachine, 'proc/xen/capabilities': 'control_d\n' }),
    ...treeArchs.flatMap((arch, index) => {
      const machine = { ...treeMachine(arch), 'sys/notes': notesOf('little'), ...asked };
      return [machine, ...treeOthers].map((files) =>
        machineInput(2 + index, withoutMemory({ ...machine, ...files })),
      );
    }),
    machineInput(4, withoutMemory({ ...i386Machine, 'sys/notes': notesOf('little'), ...asked })),
    ...powerTrees.map((tree) =>
      machineInput(
        5,
        withoutMemory({
          ...ppc64Machine,
          'sys/firmware/fdt': tree,
          'sys/notes': notesOf('little'),
          ...asked,
        }),
      ),
    ),
  ]),
  loaderTarget('options', 512, async () => [
    '--check\n--json\n--trust\nt.pem\nbundle\n',
    '--root=r\n--now\n1800000000\n--emit=e\nbundle\n',
    '--facts\nfile\nbundle\n--\n--status\n',
    ...['--dry-run', '--status', '--unload', '--version', '--help', '-h'].map((one) => `${one}\n`),
  ]),
  {
    name: 'purgatory-head',
    most: 6000,
    // After magic and digests, which the target makes right.
    seeds: async () => [sampleImage().slice(0x48)],
    program: () => {
      makeNative('out/native/host/fuzz-head');
      return 'out/native/host/fuzz-head';
    },
  },
];
