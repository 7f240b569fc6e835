/**
 * A bundle for s390x, built here from a real kernel and Debian's s390x packages by the tool as it ships, verified,
 * and filled for a machine of files by the loader of either byte order.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fcpBlock, s390xCrash, s390xMachine, s390xNotes } from '../fixtures/s390x-machine.ts';
import { writeMachine } from '../fixtures/x86-64-machine.ts';
import {
  buildBundle,
  crashseal,
  developmentKeys,
  type Keys,
  rehearseOf,
} from '../support/crashseal.ts';
import { shippedLoader } from '../support/loader-host.ts';
import { s390xUserEmulator } from '../support/user-emulation.ts';

const folder = join('out', 'test', 's390x-bundle');
const prepared = process.env.CRASHSEAL_S390X_KERNELS;
const series = ['6.1', '6.12'].filter(
  (name) => prepared !== undefined && existsSync(join(prepared, `bzImage-${name}`)),
);
// Said aloud: without kernels nothing here runs, and that must not look like a pass.
if (series.length === 0)
  console.warn('CRASHSEAL_S390X_KERNELS names no kernels: bundles for s390x are not built here');

const machine = {
  ...s390xMachine,
  ...s390xNotes,
  'sys/firmware/reipl/reipl_type': 'ccw\n',
};

let keys: Keys;
beforeAll(() => {
  keys = developmentKeys(folder);
});

const profileOf = (name: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  name,
  arch: 's390x',
  kernel: { from: 'files', image: resolve(prepared ?? '', `bzImage-${name.replace(/^.*-/, '')}`) },
  crashkernel: '192M',
  target: { kind: 'raw', device: 'SERIAL=dump0' },
  console: 'sclp',
  testing: true,
  onCorruption: [
    'message',
    { step: 'ipl', ccw: '0.0.0200', in: 'check' },
    { step: 'ipl', from: 'dump', type: 'fcp', delay: '1m' },
  ],
  ...changes,
});

const bundleOf = (name: string, changes: Readonly<Record<string, unknown>> = {}): string =>
  buildBundle(join(folder, name), profileOf(name, changes), keys, folder);

type Filled = {
  readonly status: number | null;
  readonly talk: string;
  readonly files: ReadonlyMap<string, Buffer>;
};

function fill(program: readonly [string, ...string[]], bundle: string, files = machine): Filled {
  const root = writeMachine(join(folder, 'root'), files);
  const emitted = join(folder, 'emitted');
  rmSync(emitted, { recursive: true, force: true });
  const [command, ...words] = program;
  mkdirSync(emitted, { recursive: true });
  const ran = spawnSync(
    command,
    [...words, '--root', root, '--trust', keys.trust, '--emit', emitted, bundle],
    { encoding: 'utf8' },
  );
  const segments = readdirSync(emitted).filter((name) => name.includes('@'));
  return {
    status: ran.status,
    talk: ran.stderr + ran.stdout,
    files: new Map(segments.map((name) => [name, readFileSync(join(emitted, name))])),
  };
}

const here: readonly [string, ...string[]] = [rehearseOf('x86_64')];
const segment = ({ files }: Filled, name: string): Buffer => {
  const found = [...files].find(([file]) => file.startsWith(`${name}@`));
  if (found === undefined) throw new Error(`no ${name} in ${[...files.keys()].join()}`);
  return found[1];
};

// A file without any test would be a failure.
test.skipIf(series.length === 0)('there are kernels to build from', () => {
  expect(series).not.toEqual([]);
});

describe.each(series)('with kernel %s', (name) => {
  const bundles = new Map<string, string>();
  const bundle = (): string => {
    const made = bundles.get(name) ?? bundleOf(`s390x-${name}`);
    bundles.set(name, made);
    return made;
  };

  test('the bundle verifies, and every verb says that it is for testing', () => {
    const verified = crashseal(['verify', '--trust', keys.trust, bundle()]);
    expect(verified.exitCode, verified.stderr).toBe(0);
    const inspected = crashseal(['inspect', bundle()]);
    for (const { stdout } of [verified, inspected]) expect(stdout).toContain('TESTING');
    expect(inspected.stdout).toContain('check call: ipl ccw 0.0.0200');
    expect(inspected.stdout).toContain(
      'ipl fcp that /sys/firmware/dump/fcp names at load, after 60 s',
    );
    expect(inspected.stdout).toContain('CCW device 0.0.0200 is online');
  });

  test('the loader fills parameter area and IPL block for the machine', () => {
    const filled = fill(here, bundle());
    expect(filled.talk).toContain('emitted');
    expect(
      [...filled.files.keys()].filter((file) => /^(kernel|purgatory)@/.test(file)).sort(),
    ).toEqual(['kernel@0x24010000', 'purgatory@0x24002000']);
    const kernel = segment(filled, 'kernel');
    const base = [...filled.files.keys()].find((file) => file.startsWith('initramfs.base@')) ?? '';
    const initramfs = BigInt(base.split('@')[1] ?? 0) - s390xCrash.start;
    expect(initramfs).toBe(8n << 20n);
    expect(kernel.readBigUInt64BE(0x408)).toBe(initramfs);
    expect(kernel.readBigUInt64BE(0x418)).toBe(s390xCrash.start);
    expect(kernel.readBigUInt64BE(0x420)).toBe(s390xCrash.size);
    expect(kernel.toString('latin1', 0x480, 0x490)).toBe('nr_cpus=1 cgroup');
    const expected = fcpBlock({
      device: 0x1900n,
      wwpn: 0x500507630300c562n,
      lun: 0x4010401100000000n,
      bootprog: 3n,
      brLba: 2048n,
    });
    expect(segment(filled, 'purgatory').subarray(-0x1000).equals(expected)).toBe(true);
  });

  test('the big-endian loader fills the same bytes', () => {
    const native = fill([s390xUserEmulator, shippedLoader('s390x')], bundle());
    const foreign = fill(here, bundle());
    expect(native.status, native.talk).toBe(0);
    expect([...native.files.keys()]).toEqual([...foreign.files.keys()]);
    for (const [file, bytes] of native.files)
      expect(foreign.files.get(file)?.equals(bytes), file).toBe(true);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['the device of the profile is offline', { 'sys/bus/ccw/devices/0.0.0200/online': '0\n' }],
    ['the device in sysfs is offline', { 'sys/bus/ccw/devices/0.0.1900/online': '0\n' }],
    ['the dump device is of another type', { 'sys/firmware/dump/dump_type': 'ccw\n' }],
    ['the port is malformed', { 'sys/firmware/dump/fcp/wwpn': '\n' }],
    ['the adapter is beyond set 0', { 'sys/firmware/dump/fcp/device': '0.2.beef\n' }],
  ])('where %s, the bundle is refused', (_what, changes) => {
    const { status, files } = fill(here, bundle(), { ...machine, ...changes });
    expect(status).not.toBe(0);
    expect(files.size).toBe(0);
  });

  test('commands for CP and a DASD of the firmware are shown, and filled in', () => {
    const made = bundleOf(`more-${name}`, {
      onCorruption: [
        'message',
        { step: 'vmcmd', in: 'check' },
        { step: 'vmcmd', commands: ['VMDUMP', 'IPL 4711'], in: 'start' },
        { step: 'ipl', from: 'dump', type: 'eckd' },
      ],
    });
    expect(crashseal(['verify', '--trust', keys.trust, made]).exitCode).toBe(0);
    const { stdout } = crashseal(['inspect', made]);
    expect(stdout).toContain('check call: vmcmd with what /sys/firmware/vmcmd/on_panic holds');
    expect(stdout).toContain('start call: vmcmd "VMDUMP", "IPL 4711"');
    expect(stdout).toContain('ipl eckd that /sys/firmware/dump/eckd names at load');
    expect(stdout).toContain('/sys/firmware/vmcmd/on_panic is present');
    const files = {
      ...machine,
      'sys/firmware/vmcmd/on_panic': 'MSG OP X\nIPL 1\n',
      'sys/firmware/dump/dump_type': 'eckd\n',
      'sys/firmware/dump/eckd/device': '0.2.beef\n',
      'sys/firmware/dump/eckd/bootprog': '0\n',
      'sys/firmware/dump/eckd/br_chr': '0x0,0x1,0x4\n',
    };
    const filled = fill(here, made, files);
    expect(filled.status, filled.talk).toBe(0);
    const pages = segment(filled, 'purgatory').subarray(-0x3000);
    const text = (at: number) => pages.toString('latin1', at, at + 0x1000).replace(/\0+$/, '');
    expect([text(0), text(0x1000)]).toEqual(['MSG OP X\nIPL 1', 'VMDUMP\nIPL 4711']);
    expect(pages.toString('hex', 0x2000 + 0x14c, 0x2000 + 0x150)).toBe('0002beef');
    expect(pages.toString('hex', 0x2000 + 0x174, 0x2000 + 0x178)).toBe('00000104');
    // Without z/VM there is nothing to fill in.
    expect(fill(here, made).status).not.toBe(0);
  });

  test('an ELF core header is passed by its real address where the profile asks for it', () => {
    const passed = bundleOf(`passed-${name}`, {
      elfcorehdr: 'passed',
      onCorruption: ['return', 'wait'],
    });
    const filled = fill(here, passed);
    expect(filled.status, filled.talk).toBe(0);
    const header = [...filled.files.keys()].find((file) => file.startsWith('elfcorehdr@')) ?? '';
    const line = segment(filled, 'kernel').toString('latin1', 0x480, 0x1480).replace(/\0+$/, '');
    const size = segment(filled, 'elfcorehdr').length.toString(16);
    expect(line.split(' ').at(-1)).toBe(`elfcorehdr=0x${size}@${header.split('@')[1]}`);
  });
});
