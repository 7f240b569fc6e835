/** What is read from a kernel's log: by the tool, and by the program on the target in every shell that it may meet. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { summarize } from '../../pipeline/savecore/kernel-log.ts';
import { oopsLog, s390xLog, sysrqLog } from '../fixtures/kernel-logs.ts';

const logs: Readonly<Record<string, string>> = {
  sysrq: sysrqLog,
  oops: oopsLog,
  s390x: s390xLog,
  nothing: '[    0.1] Linux version 6\n[    0.2] all is well\n',
  empty: '',
  'an Oops without a panic': oopsLog.split('\n').slice(0, 15).join('\n'),
  'a panic without a trace':
    '<0>[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n',
  'two panics': `${sysrqLog}${s390xLog}`,
  'numbers and addresses':
    '[ 1.0] Kernel panic - not syncing: stack at ffff888012345678 of 0xdeadbeef  is 42 wide, CPU 3\r\n',
  'bytes that do not print':
    '[ 1.0] Kernel panic - not syncing: \x1b[31m"bad"\\ \xe9\n[ 1.0] Call Trace:\n[ 1.0]  panic+0x1/0x2\n',
  'no times': sysrqLog.replace(/^\[[^\]]*\] /gm, ''),
  'a long trace': `[ 1.0] Kernel panic - not syncing: deep\n[ 1.0] Call Trace:\n${Array.from({ length: 30 }, (_, n) => `[ 1.0]  f${n}+0x1/0x2\n`).join('')}`,
};

describe('a kernel log', () => {
  test('tells of a panic, and of the trace that follows it', () => {
    expect(summarize(sysrqLog)).toMatchObject({
      panic: 'sysrq triggered crash',
      cause: null,
      frames: [
        'panic',
        'sysrq_handle_crash',
        '__handle_sysrq',
        'write_sysrq_trigger',
        'entry_SYSCALL_64_after_hwframe',
      ],
    });
    expect(summarize(s390xLog)?.frames).toEqual([
      'dump_stack_lvl',
      'panic',
      'sysrq_handle_crash',
      '__handle_sysrq',
    ]);
  });

  test('tells of the fault before it, whose trace begins where the kernel was', () => {
    expect(summarize(oopsLog)).toMatchObject({
      panic: 'Fatal exception in interrupt',
      cause: 'BUG: kernel NULL pointer dereference, address: 0000000000000010',
      frames: ['bad_timer', 'call_timer_fn', '__run_timers', 'cpuidle_idle_call'],
    });
  });

  test('without a panic tells of nothing', () => {
    expect(summarize(logs.nothing ?? '')).toBeUndefined();
  });

  test('has the same signature in another boot, and another one for another crash', () => {
    const signature = (log: string) => summarize(log)?.signature;
    const again = sysrqLog
      .replaceAll('5.07', '912.11')
      .replaceAll('+0x', '+0x9')
      .replace('PID: 141', 'PID: 7');
    expect(signature(again)).toBe(signature(sysrqLog));
    expect(signature(sysrqLog.replace('sysrq_handle_crash', 'another'))).not.toBe(
      signature(sysrqLog),
    );
    expect(signature(oopsLog)).not.toBe(signature(sysrqLog));
    expect(signature('Kernel panic - not syncing: at ffff888012345678, CPU 3')).toBe(
      signature('Kernel panic - not syncing: at ffff88801234abcd, CPU 12'),
    );
  });
});

describe('the program on the target', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kernel-log-'));
    const script = readFileSync('loader/savecore/crashseal-savecore', 'utf8');
    // Only what it defines, without what it does.
    writeFileSync(join(folder, 'functions'), script.slice(0, script.indexOf('\nlisting=\n')));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shells = { dash: ['dash'], busybox: ['busybox', 'sh'] } as const;
  test.each(Object.keys(shells) as (keyof typeof shells)[])('reads the same in %s', (name) => {
    const [program, ...words] = shells[name];
    for (const [what, log] of Object.entries(logs)) {
      const path = join(folder, 'log');
      writeFileSync(path, log, 'latin1');
      const told = execFileSync(
        program,
        [
          ...words,
          '-c',
          '. "$1"; summarize "$2" >"$2.told"; cat "$2.told"; [ ! -s "$2.told" ] || echo "signature=$(signature "$2.told")"',
          '-',
          join(folder, 'functions'),
          path,
        ],
        { encoding: 'latin1' },
      );
      const summary = summarize(log);
      const expected =
        summary === undefined
          ? ''
          : [
              `panic=${summary.panic}`,
              `cause=${summary.cause ?? ''}`,
              ...summary.frames.map((frame) => `frame=${frame}`),
              `signature=${summary.signature}`,
              '',
            ].join('\n');
      expect([what, told]).toEqual([what, expected]);
    }
  });
});
