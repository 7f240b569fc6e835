/** An architecture that is not there: all that another one takes. */
import type { Architecture, ParameterRequest } from '../../../pipeline/arch/architecture.ts';
import { neverInherited } from '../../../pipeline/arch/command-line-words.ts';
import { patch } from '../../../pipeline/format/layout.ts';
import { consoles } from '../../../pipeline/format/purgatory-layout.ts';
import { ok } from '../../../pipeline/problem/result.ts';
import { alignUp } from '../../../pipeline/units/units.ts';
import { imageStart, parseImage } from './image.ts';
import { profile } from './profile-rules.ts';

const page = 4096n;
const place = 1n << 20n;

function handOver({ component, commandLine, initramfs, kernel }: ParameterRequest) {
  const bytes = Uint8Array.from(component.bytes);
  patch(imageStart, bytes, 0, 'initrdStart', 0);
  bytes.fill(0, imageStart.size, imageStart.size + kernel.commandLineMaximum + 1);
  bytes.set(new TextEncoder().encode(commandLine), imageStart.size);
  return ok({
    kernel: {
      ...component,
      bytes,
      live: [
        {
          source: 'segmentOffset',
          form: 'little',
          width: 4,
          about: initramfs.name,
          offset: BigInt(imageStart.fields.initrdStart.offset),
          size: 4n,
        } as const,
      ],
    },
    others: [],
  });
}

export const vax: Architecture<typeof profile> = {
  name: 'vax',
  shownOnly: undefined,
  profile,
  elf: { machine: 75, bits: 32, order: 'little' },
  debian: { architecture: 'vax', multiarch: 'vax-linux-gnu' },
  returnsZero: undefined,
  nodeName: 'vax',
  embedded: async () => ({ loader: new Uint8Array(1), purgatory: new Uint8Array(1) }),
  kernelOptions: [],
  storageFolders: ['massbus'],
  memorySectionBits: undefined,
  crashRegionFiles: undefined,
  pageSize: Number(page),
  placement: {
    pageSize: page,
    reserve: place,
    initramfs: { lowest: 0n, align: page },
    elfcorehdr: 'hole',
    granularity: page,
  },
  purgatoryWindow: undefined,
  purgatoryBorrows: undefined,
  purgatoryFirmware: false,
  commandLine: {
    defaults: ['nomchk', 'panic=10'],
    neverInherited,
    consoleWords: (device) => (device.kind === 'uart' ? [`console=${device.device}`] : []),
  },
  kernelArgument: undefined,
  purgatoryConsole: (device) =>
    device.kind === 'uart'
      ? {
          consoleKind: consoles.portUart.code,
          consoleBase: BigInt(device.port),
          consoleBaud: device.baud,
        }
      : { consoleKind: consoles.none.code, consoleBase: 0n, consoleBaud: 0 },
  policyBlock: () => undefined,
  checkKernelConfig: () => [],
  imageRelease: (image) => {
    const parsed = parseImage(image);
    return parsed.ok ? parsed.value.release : undefined;
  },
  unpackKernel: async () => ok(new Uint8Array()),
  prepareKernel: (image) => {
    const parsed = parseImage(image);
    if (!parsed.ok) return parsed;
    const memorySize = alignUp(BigInt(image.length), page);
    return ok({
      bytes: image,
      imageOffset: undefined,
      memorySize,
      align: page,
      minAddress: 0n,
      fixedPlace: place,
      entryOffset: BigInt(parsed.value.entry),
      needs: memorySize,
      release: parsed.value.release,
      buildId: undefined,
      commandLineMaximum: parsed.value.commandLineSize - 1,
      sealFlags: [],
    });
  },
  handOver,
  liveWords: () => [],
};
