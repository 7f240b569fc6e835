/** Purgatory of i386: entered by a ROM. */
import { consoles, cpuFeatures } from '../../pipeline/format/purgatory-layout.ts';
import { words } from '../../pipeline/units/words.ts';
import { exceptionLine, keepsPromises } from './promises.ts';
import { purgatoryMachine } from './stand-in.ts';
import { keepsX86Promises } from './x86-promises.ts';

const machine = purgatoryMachine({
  arch: 'i386',
  base: 0x200_0000,
  memorySize: 0x40000,
  console: { consoleKind: consoles.portUart.code, consoleBase: 0x3f8n, consoleBaud: 115200 },
  program: process.env.CRASHSEAL_QEMU_I386 ?? 'qemu-system-i386',
  options: ({ cpu = 'max' }, crashed) => words`
    -cpu ${cpu} -bios ${crashed} -device isa-debug-exit,iobase=0xf4,iosize=4 -device pvpanic
  `,
});

const captured =
  /^capture esi=b00b5000 others=0{8} cs=0{6}10 ds=0{6}18 es=0{6}18 ss=0{6}18 cr0=0{6}11 cr4=0{8} df,if=0{8} \n$/;

keepsPromises(machine, {
  captured,
  // By isa-debug-exit.
  capturedStatus: 0x41,
  firstStage: 0x34,
  damagedInstructions: 12,
  digests: [0, cpuFeatures.x86Sse2.code, cpuFeatures.x86Avx2.code],
  // Without paging every address can be read: the capture kernel's first instruction is none (UD2).
  failing: { capture: Uint8Array.of(0x0f, 0x0b) },
  exception: exceptionLine(6, '0x2020000', '0x0'),
});

keepsX86Promises(machine, { captured, idtLimit: 0x7ff });
