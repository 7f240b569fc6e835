// Property: on entry CR4.OSFXSR is off, so one vector instruction outside the function that is
// entered only with it on is #UD between two kernels. Compilers emit them wherever it seems useful.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeNative } from './native.ts';

type Instruction = { readonly symbol: string; readonly text: string };

function disassemble(path: string, ...options: string[]): Instruction[] {
  const objdump = spawnSync('llvm-objdump-19', ['-d', '--no-show-raw-insn', ...options, path], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (objdump.status !== 0) throw new Error(objdump.stderr);
  const instructions: Instruction[] = [];
  let symbol = '';
  for (const line of objdump.stdout.split('\n')) {
    const label = /^[0-9a-f]+ <(.+)>:$/.exec(line);
    if (label) symbol = label[1] ?? '';
    const instruction = /^\s+[0-9a-f]+:\s+(.*)$/.exec(line);
    if (instruction) instructions.push({ symbol, text: instruction[1] ?? '' });
  }
  return instructions;
}

const digesting = ['sha256_avx2_parts', 'sha256_ni_blocks', 'sha256_ni_parts', 'sha256_sse2_parts'];

test.each(['x86_64', 'i386'])(
  'on %s vector and x87 registers are used by digests alone',
  (arch) => {
    makeNative(`out/native/${arch}/purgatory.elf`);
    const wide = disassemble(`out/native/${arch}/purgatory.elf`).filter(({ text }) =>
      /%([xyz]mm|mm[0-7]|st\b|k[0-7]\b)|^(f[a-z]+|ldmxcsr|stmxcsr|emms)\b/.test(text),
    );
    const others = wide.filter(({ symbol }) => !digesting.includes(symbol));
    // Where the registers are switched on, after CR4.OSFXSR.
    expect(others.map(({ symbol }) => symbol)).toEqual([
      'machine_features_begin',
      'machine_features_begin',
    ]);
    expect(others.map(({ text }) => text.split(/\s/)[0])).toEqual(['fninit', 'ldmxcsr']);
    expect([...new Set(wide.map(({ symbol }) => symbol))].sort()).toEqual(
      ['machine_features_begin', ...digesting].sort(),
    );
  },
);

test('only the stated functions touch ports and control registers', () => {
  makeNative('out/native/x86_64/purgatory.elf');
  const privileged = disassemble('out/native/x86_64/purgatory.elf').filter(({ text }) =>
    /%cr\d|%dr\d|^(inb|outb|lgdt|lidt|hlt|sti|wrmsr|rdmsr|cpuid|rdtsc|iret)/.test(text),
  );
  expect([...new Set(privileged.map(({ text }) => text.split(/\s/)[0]))].sort()).toEqual(
    ['hlt', 'inb', 'iretq', 'lgdtq', 'lidtq', 'movq', 'outb'].sort(),
  );
});

// Property: the dead kernel goes on after the check call, with its floating-point and access registers.
test('on s390x neither floating-point nor access registers are used', () => {
  makeNative('out/native/s390x/purgatory.elf');
  const instructions = disassemble('out/native/s390x/purgatory.elf', '--mcpu=z196');
  expect(instructions.length).toBeGreaterThan(2000);
  const used = instructions.filter(({ text }) => /%[fav]\d|^(sfpc|lfpc|sfasr|srnm)/.test(text));
  expect(used).toEqual([]);
});

test('on s390x only the stated functions do what a program in user state may not', () => {
  makeNative('out/native/s390x/purgatory.elf');
  const privileged = disassemble('out/native/s390x/purgatory.elf', '--mcpu=z196').filter(
    ({ text }) =>
      /^(lpswe?|stosm|stnsm|ssm|lctlg?|stctg?|sigp|diag|spx|sske|servc|stap|stckc|sckc|stpx|epsw|(st|s|c|h|m|r|t|x)sch)\b/.test(
        text,
      ),
  );
  const allowed = [
    'cpu_diag308',
    'cpu_diag8',
    'cpu_enter',
    'cpu_own_address',
    'cpu_prefix',
    'cpu_return_lowcore',
    'cpu_service_signal',
    'cpu_signal',
    'cpu_sleep',
    'cpu_store_subchannel',
    'cpu_take_lowcore',
    'cpu_wait',
    'purgatory_entry',
    'set_mask',
    'wait_for_external',
  ];
  expect([...new Set(privileged.map(({ symbol }) => symbol))].sort()).toEqual(allowed);
});
