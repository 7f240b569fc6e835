/** ResolvedInputs -> Components: every part of the bundle as bytes, with what the loader will write into it. */
import { architectureOf } from '../arch/arch.ts';
import type { Architecture, PreparedKernel } from '../arch/architecture.ts';
import type { Component } from '../arch/component.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../host/progress.ts';
import { nothingShared, type SharedWork } from '../host/shared-work.ts';
import { noStore, type Store } from '../host/store.ts';
import { moduleName } from '../inputs/module-index.ts';
import type { ResolvedInputs } from '../inputs/resolved-inputs.ts';
import { collect, fail, ok, type Result } from '../problem/result.ts';
import type { Profile } from '../profile/keys/keys.ts';
import { joinBytes } from '../units/bytes.ts';
import { sha256, sha256Bytes } from '../units/sha256.ts';
import { showSize } from '../units/units.ts';
import { buildCommandLine } from './command-line.ts';
import type { Components } from './components.ts';
import { elfcorehdrComponent, elfcorehdrName } from './elfcorehdr.ts';
import {
  initramfsBase,
  initramfsBaseName,
  initramfsComponent,
  initramfsLocal,
  initramfsOverlay,
  initramfsOverlayName,
  unpackedSize,
} from './initramfs.ts';
import { missingMemoryDrivers } from './memory-drivers.ts';
import { askedInit, checkOwnInitramfs } from './own-initramfs.ts';
import { purgatoryComponent } from './purgatory.ts';

const kernelName = 'kernel';
/** Raise the number when the same image unpacks to other bytes. */
const unpackMaker = 'unpack-kernel-2';

export async function buildComponents(
  host: Host,
  inputs: ResolvedInputs,
  purgatoryImage: Uint8Array,
  progress: Progress,
  store: Store = noStore,
  shared: SharedWork = nothingShared,
): Promise<Result<Components>> {
  const { profile } = inputs;
  const architecture = architectureOf(profile.arch);

  // Side by side: one unpacks while the other packs.
  const [prepared, base] = await Promise.all([
    progress.step(`Prepare kernel (${profile.kernelForm})`, async (say) => {
      const kernel = await shared.once(
        'kernel as it is loaded',
        [architecture, profile.kernelForm, inputs.kernel.image],
        () => prepare(host, inputs.kernel.image, profile.kernelForm, architecture, store),
      );
      if (kernel.ok) say(showSize(kernel.value.bytes.length));
      return kernel;
    }),
    progress.step('Compose initramfs', async (say) => {
      const bytes = await initramfsBase(host, inputs, store, shared);
      if (bytes.ok) say(showSize(bytes.value.length));
      return bytes;
    }),
  ]);
  const parts = collect<unknown>([prepared, base]);
  if (!parts.ok) return parts;
  if (!prepared.ok) return prepared;
  if (!base.ok) return base;

  const objections = architecture.checkKernelConfig(inputs.kernel.config, profile);
  const [first, ...more] = objections;
  if (first !== undefined) return fail(first, ...more);
  const commandLine = buildCommandLine({
    profile,
    facts: architecture.commandLine,
    needsWord: architecture.profile.kernelForms[profile.kernelForm]?.needsWord,
    maximum: prepared.value.commandLineMaximum,
    reserved: architecture.liveWords(profile),
  });
  if (!commandLine.ok) return commandLine;
  const elfcorehdr =
    profile.elfcorehdr === 'none' ? ok(undefined) : elfcorehdrComponent(architecture, profile);
  if (!elfcorehdr.ok) return elfcorehdr;
  const name = bundleName([inputs.kernel.image, base.value, profile.kernelForm, commandLine.value]);
  const overlay = initramfsOverlay(inputs, name);

  const own = inputs.ownInitramfs;
  const { pageSize } = architecture;
  const unpacked =
    own === undefined
      ? ok({
          unpackedSize: unpackedSize(inputs, architecture),
          modules: new Set(inputs.modules?.files.map(({ path }) => moduleName(path))),
        })
      : await shared.once(
          'own initramfs as it is unpacked',
          [own, askedInit(commandLine.value), pageSize],
          () => checkOwnInitramfs(host, own, commandLine.value, pageSize),
        );
  if (!unpacked.ok) return unpacked;
  const basePart = {
    ...initramfsComponent(architecture, initramfsBaseName, base.value),
    ...(unpacked.value === undefined ? {} : { unpackedSize: unpacked.value.unpackedSize }),
  };
  const initramfs = [
    basePart,
    ...(overlay === undefined
      ? []
      : [initramfsComponent(architecture, initramfsOverlayName, overlay)]),
    ...(profile.localOverlay === undefined
      ? []
      : [initramfsLocal(architecture, profile.localOverlay)]),
  ];
  const handedOver = architecture.handOver({
    choices: profile,
    image: inputs.kernel.image,
    kernel: prepared.value,
    component: kernelComponent(inputs, prepared.value),
    commandLine: commandLine.value,
    initramfs: { name: initramfsBaseName, size: sizeToEnd(initramfs) },
    elfcorehdr:
      elfcorehdr.value === undefined
        ? undefined
        : { name: elfcorehdrName, size: elfcorehdr.value.bytes.length },
  });
  if (!handedOver.ok) return handedOver;
  const { kernel, others } = handedOver.value;
  const header = elfcorehdr.value === undefined ? [] : [elfcorehdr.value];
  const purgatory = purgatoryComponent({
    architecture,
    profile,
    image: purgatoryImage,
    parts: [kernel, ...initramfs, ...others, ...header],
    kernel: {
      name: kernelName,
      entryOffset: prepared.value.entryOffset,
      bytes: kernel.bytes,
    },
  });
  if (!purgatory.ok) return purgatory;

  const { buildId, entryOffset, needs, sealFlags } = prepared.value;
  return ok({
    inputs,
    kernelFacts: {
      release: inputs.kernel.release ?? prepared.value.release,
      buildId,
      entryOffset,
      needs,
      sealFlags,
    },
    commandLine: commandLine.value,
    markerName: overlay === undefined ? undefined : name,
    purgatoryEntry: purgatory.value.entryOffset,
    match: purgatory.value.match,
    missingMemoryDrivers: missingMemoryDrivers(
      architecture.profile.memoryDrivers,
      inputs.kernel.config,
      unpacked.value?.modules,
    ),
    parts: [kernel, ...initramfs, ...header, purgatory.value.component, ...others],
  });
}

async function prepare(
  host: Host,
  image: Uint8Array,
  form: Profile['kernelForm'],
  architecture: Architecture,
  store: Store,
): Promise<Result<PreparedKernel>> {
  const unpacked = await store.remember(
    { maker: unpackMaker, from: [architecture.name, form, image] },
    () => architecture.unpackKernel(host.run, image, form),
  );
  return unpacked.ok ? architecture.prepareKernel(image, form, unpacked.value) : unpacked;
}

/** kexec_file_load(2) takes the whole image, whose signature it looks at; segments point into it. */
function imageMember(
  { profile, kernel: { image } }: ResolvedInputs,
  { imageOffset }: PreparedKernel,
): Component['member'] {
  if (profile.backend === 'segments') return undefined;
  if (imageOffset === undefined) throw new Error(`no backend ${profile.backend} for this kernel`);
  return { bytes: image, offset: imageOffset };
}

function kernelComponent(inputs: ResolvedInputs, kernel: PreparedKernel): Component {
  const { bytes, memorySize, align, minAddress, fixedPlace } = kernel;
  const member = imageMember(inputs, kernel);
  return {
    name: kernelName,
    kind: 'kernel',
    bytes,
    ...(member === undefined ? {} : { member }),
    memorySize,
    align,
    minAddress,
    ...(fixedPlace === undefined ? {} : { fixedPlace }),
    checked: [{ name: kernelName, start: 0, end: bytes.length }],
    live: [],
  };
}

/** From the start of the first part to the last byte of the last: each begins on the page after the one before. */
const sizeToEnd = (parts: readonly Component[]): bigint =>
  parts.reduce(
    (sum, part, index) =>
      sum + (index === parts.length - 1 ? BigInt(part.bytes.length) : part.memorySize),
    0n,
  );

/** What the dump's marker calls the bundle: a digest over what runs, which a bundle's own digest cannot be. */
function bundleName(parts: readonly (Uint8Array | string)[]): string {
  const bytesOf = (part: Uint8Array | string): Uint8Array =>
    typeof part === 'string' ? new TextEncoder().encode(part) : part;
  return sha256(joinBytes(parts.map((part) => sha256Bytes(bytesOf(part))))).slice(0, 32);
}
