/** crashseal-setup-check, in every shell that it may meet, on roots that lack something. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const program = resolve('loader/setup-check/crashseal-setup-check');
let root: string;
const put = (path: string, content = '', mode = 0o644): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
};
const drop = (path: string): void => rmSync(join(root, path), { recursive: true });

const manifest = (
  target: Readonly<Record<string, unknown>> = {
    device: { by: 'partlabel', value: 'crashdump' },
    kind: 'raw',
  },
  more: Readonly<Record<string, unknown>> = {},
): string =>
  `${JSON.stringify({ backend: 'segments', reservation: { options: ['300M'], smallest: '0x12c00000' }, targets: [target], ...more }, null, 2)}\n`;

function bundle(text = manifest()): void {
  put('manifest.json', text);
  execFileSync('tar', ['-C', root, '-cf', join(root, 'etc/crashseal/bundle'), 'manifest.json']);
}

const loader = (check: number, status: number, said = ''): void =>
  put(
    'usr/sbin/crashseal-load',
    `#!/bin/sh\ncase $1 in --check) echo 'error: the signature is wrong' >&2; echo 'hint: sign it' >&2; exit ${check} ;; esac\nprintf '${said}'\nexit ${status}\n`,
    0o755,
  );

const partition = (label: string): void => {
  put('sys/class/block/vdb1/uevent', `DEVNAME=vdb1\nPARTN=1\nPARTNAME=${label}\n`);
};

/** A machine that lacks nothing. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-check-'));
  put('etc/crashseal/trust.pem', '-----BEGIN CERTIFICATE-----\n');
  put('sys/kernel/kexec_crash_loaded', '1\n');
  put('sys/kernel/kexec_crash_size', '314572800\n');
  put('proc/sys/kernel/kexec_load_disabled', '0\n');
  put('proc/cmdline', 'root=/dev/vda crashkernel=300M\n');
  put('proc/meminfo', 'MemTotal:       16000000 kB\n');
  put('etc/systemd/system/sysinit.target.wants/crashseal.service');
  put('etc/systemd/system/multi-user.target.wants/crashseal-savecore.service');
  mkdirSync(join(root, 'etc/default/grub.d'), { recursive: true });
  partition('crashdump');
  loader(0, 0);
  bundle();
});
afterEach(() => rmSync(root, { recursive: true }));

const shells = ['dash', 'bash --posix', 'busybox sh'] as const;
const inShell = (words: string, ...args: readonly string[]) => {
  const [shell = '', ...more] = words.split(' ');
  const ran = spawnSync(shell, [...more, program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, CRASHSEAL_ROOT: root },
  });
  return { code: ran.status, said: ran.stdout, wrong: ran.stderr };
};
const run = (...args: readonly string[]) => inShell(shells[0], ...args);

type Check = {
  readonly name: string;
  readonly state: string;
  readonly words: string;
  readonly do: string | null;
};
function checked() {
  const { code, said, wrong } = run('--json');
  expect(wrong).toBe('');
  const { missing, checks } = JSON.parse(said) as { missing: number; checks: readonly Check[] };
  expect([code, missing]).toEqual([
    missing === 0 ? 0 : 1,
    checks.filter(({ state }) => state === 'missing').length,
  ]);
  return checks;
}
/** What is not as it should be: `NAME STATE`, and what to do. */
const faults = () =>
  checked()
    .filter(({ state }) => state !== 'ok')
    .map(({ name, state, do: how }) => [`${name} ${state}`, how]);

test.each(shells)('%s: of a machine that lacks nothing it says so', (shell) => {
  const { code, said, wrong } = inShell(shell);
  expect([code, wrong], said).toEqual([0, '']);
  expect(said).toMatchInlineSnapshot(`
    "ok       kernel       the running kernel can load a capture kernel
    ok       crashkernel  300 MiB are reserved for a capture kernel
    ok       target       /dev/vdb1 has partlabel crashdump (raw)
    ok       trust        /etc/crashseal/trust.pem holds certificates
    ok       bundle       /etc/crashseal/bundle is signed by somebody whom this machine trusts
    ok       units        the machine is armed, and dumps are collected, at every boot
    ok       armed        a capture kernel is armed, and a dump would arrive
    nothing is missing
    "
  `);
});

test.each(shells)('%s: of one that lacks everything it says what to do', (shell) => {
  drop('etc');
  drop('sys/class');
  put('sys/kernel/kexec_crash_size', '0\n');
  put('proc/cmdline', 'quiet\n');
  put('etc/systemd/system/multi-user.target.wants/kdump-tools.service');
  loader(0, 3, 'not armed\\n');
  const { code, said, wrong } = inShell(shell);
  expect([code, wrong], said).toEqual([1, '']);
  expect(said).toMatchInlineSnapshot(`
    "ok       kernel       the running kernel can load a capture kernel
    missing  crashkernel  no memory is reserved for a capture kernel: there is no crashkernel= on the kernel's command line
                          do: add crashkernel=256M to the kernel's command line, and reboot
    missing  target       there is no partition labelled crashdump, and no bundle that says where a dump goes
                          do: no disk with a GPT has a free place of 4096 MiB after its last partition: make room, or take another disk: sgdisk --new=0:0:+4096M --change-name=0:crashdump DISK
    missing  trust        there is no trust store: no bundle is accepted
                          do: cp trust.pem /etc/crashseal/trust.pem, as 'crashseal keygen' has made it on the build machine
    missing  bundle       there is no bundle
                          do: cp NAME.crashseal /etc/crashseal/bundle
    missing  units        not enabled: crashseal.service crashseal-savecore.service
                          do: systemctl enable crashseal.service crashseal-savecore.service
    missing  others       kdump-tools.service is enabled as well: only one of them can arm, and each would disarm the other
                          do: systemctl disable --now kdump-tools.service
    missing  armed        no capture kernel is armed
                          do: systemctl start crashseal.service
    7 things are missing
    "
  `);
});

describe('it tells of', () => {
  test('a kernel without kexec', () => {
    drop('sys/kernel/kexec_crash_loaded');
    expect(faults()).toEqual([['kernel missing', expect.stringContaining('CONFIG_KEXEC=y')]]);
  });

  test('a kernel that takes nothing until the next boot, unless it has taken something', () => {
    put('proc/sys/kernel/kexec_load_disabled', '1\n');
    expect(faults()).toEqual([]);
    put('sys/kernel/kexec_crash_loaded', '0\n');
    expect(faults()).toEqual([['kernel missing', expect.stringContaining('reboot')]]);
  });

  test('lockdown, where the bundle allows kexec_load alone', () => {
    put('sys/kernel/security/lockdown', 'none [integrity] confidentiality\n');
    expect(faults()).toEqual([['lockdown missing', expect.stringContaining('backend: auto')]]);
    bundle(manifest(undefined, { backend: 'auto' }));
    expect(faults()).toEqual([]);
  });

  test.each([
    ['0', 'crashkernel=300M', 'less than the machine can give'],
    ['0', 'quiet', 'crashseal-setup-check --write-grub && update-grub && reboot'],
    ['104857600', 'crashkernel=100M', 'crashseal-setup-check --write-grub'],
  ])('a crash region of %s with %s', (size, words, how) => {
    put('sys/kernel/kexec_crash_size', `${size}\n`);
    put('proc/cmdline', `${words}\n`);
    expect(faults()).toEqual([['crashkernel missing', expect.stringContaining(how)]]);
  });

  test('a crashkernel= that GRUB has already, or that is written and not booted yet', () => {
    put('sys/kernel/kexec_crash_size', '0\n');
    put('proc/cmdline', 'quiet\n');
    put('etc/default/grub', 'GRUB_CMDLINE_LINUX="crashkernel=64M"\n');
    expect(faults()).toEqual([
      ['crashkernel missing', expect.stringMatching(/^add crashkernel=300M to/)],
    ]);
    put('etc/default/grub.d/crashseal.cfg');
    expect(faults()).toEqual([['crashkernel missing', 'update-grub && reboot']]);
  });

  const disk = (name: string, sectors: number, used: number, table: string, more = {}) => {
    const files = {
      dev: `254:${name.length * 16 + (name.codePointAt(2) ?? 0)}`,
      size: `${sectors}`,
      'device/vendor': 'x',
      ...more,
    };
    for (const [file, text] of Object.entries(files)) put(`sys/block/${name}/${file}`, `${text}\n`);
    for (const [file, text] of Object.entries({ partition: '1', start: '2048', size: `${used}` }))
      put(`sys/block/${name}/${name}1/${file}`, `${text}\n`);
    put(`run/udev/data/b${files.dev}`, `E:ID_PART_TABLE_TYPE=${table}\n`);
  };
  const gib = 2 ** 21;

  test('a partition that is missing, with the line for the first GPT with room', () => {
    partition('other');
    disk('sda', 100 * gib, 99 * gib, 'gpt');
    expect(faults()).toEqual([
      [
        'target missing',
        expect.stringContaining('no disk with a GPT has a free place of 4096 MiB'),
      ],
    ]);
    disk('sdb', 100 * gib, gib, 'dos');
    disk('sdc', 100 * gib, gib, 'gpt', { removable: '1' });
    disk('sdd', 100 * gib, gib, 'gpt', { ro: '1' });
    disk('sde', 100 * gib, gib, 'gpt');
    expect(faults()).toEqual([
      ['target missing', 'sgdisk --new=0:0:+4096M --change-name=0:crashdump /dev/sde'],
    ]);
  });

  test.each([
    ["bob's dump", "'bob'\\''s dump'"],
    ['$(reboot)', "'$(reboot)'"],
    ['a;b', "'a;b'"],
    ['-"\\', `'-"\\'`],
  ])('the line for a partition labelled %j is one that a shell takes as meant', (label, quoted) => {
    bundle(manifest({ device: { by: 'partlabel', value: label }, kind: 'raw' }));
    disk('sde', 100 * gib, gib, 'gpt');
    expect(faults()).toEqual([
      ['target missing', `sgdisk --new=0:0:+4096M --change-name=0:${quoted} /dev/sde`],
    ]);
    partition(label);
    expect(faults()).toEqual([]);
  });

  test.each([
    // Only the loader knows every place where a disk may tell its own.
    [{ device: { by: 'serial', value: 'S1' }, kind: 'raw' }, 'unknown'],
    [{ device: { by: 'serial', value: 'S2' }, kind: 'raw' }, 'ok'],
    [{ device: { by: 'path', value: '/dev/vdb1' }, kind: 'raw' }, 'ok'],
    [{ device: { by: 'mapper', value: 'v-lv' }, kind: 'raw' }, 'ok'],
    [{ device: { by: 'fslabel', value: 'x' }, kind: 'filesystem' }, 'unknown'],
    [{ kind: 'nfs' }, 'unknown'],
  ])('a target %j: %s', (target, state) => {
    put('sys/class/block/dm-0/uevent', 'DEVNAME=dm-0\n');
    put('sys/class/block/vdc/uevent', 'DEVNAME=vdc\n');
    put('sys/class/block/vdc/serial', 'S2\n');
    put('sys/class/block/dm-0/dm/name', 'v-lv\n');
    bundle(manifest(target));
    expect(checked().find(({ name }) => name === 'target')).toMatchObject({ state });
  });

  test('a trust store without a certificate, or none', () => {
    put('etc/crashseal/trust.pem', 'threshold: 1\n');
    expect(faults()).toEqual([['trust missing', expect.any(String)]]);
    drop('etc/crashseal/trust.pem');
    expect(faults().map(([what]) => what)).toEqual(['trust missing', 'bundle unknown']);
  });

  test('a bundle that is refused, with the reason', () => {
    loader(22, 0);
    expect(checked().find(({ name }) => name === 'bundle')).toEqual({
      name: 'bundle',
      state: 'missing',
      words: 'the bundle is refused: the signature is wrong',
      do: 'sign it',
    });
  });

  test('what --status says', () => {
    loader(
      0,
      4,
      'armed: x\\nseal 12\\ntarget 1: no "device" \\\\\\\\ here\\nno dump would arrive\\n',
    );
    expect(checked().find(({ name }) => name === 'armed')).toMatchObject({
      state: 'missing',
      words: 'target 1: no "device" \\\\ here; no dump would arrive',
    });
  });

  test('units that are not enabled, and others that are', () => {
    drop('etc/systemd/system/sysinit.target.wants');
    put('etc/systemd/system/multi-user.target.wants/kdump.service');
    expect(faults()).toEqual([
      ['units missing', 'systemctl enable crashseal.service'],
      ['others missing', 'systemctl disable --now kdump.service'],
    ]);
  });
});

describe('--write-grub', () => {
  const file = (): string => readFileSync(join(root, 'etc/default/grub.d/crashseal.cfg'), 'utf8');

  test.each(shells)('%s: writes what the profile of the bundle asks for', (shell) => {
    const { code, said } = inShell(shell, '--write-grub');
    expect([code, said]).toEqual([
      0,
      '/etc/default/grub.d/crashseal.cfg: crashkernel=300M\nNow run update-grub, and reboot.\n',
    ]);
    expect(file()).toMatch(/\nGRUB_CMDLINE_LINUX="\$GRUB_CMDLINE_LINUX crashkernel=300M"\n$/);
    // As update-grub reads it.
    const read = execFileSync(
      'sh',
      [
        '-c',
        `GRUB_CMDLINE_LINUX=quiet; . "${root}/etc/default/grub.d/crashseal.cfg"; echo "$GRUB_CMDLINE_LINUX"`,
      ],
      { encoding: 'utf8' },
    );
    expect(read).toBe('quiet crashkernel=300M\n');
  });

  test('takes a size, and may write anew', () => {
    expect(run('--write-grub', '1G,high').code).toBe(0);
    expect(file()).toContain('crashkernel=1G,high"');
    bundle(
      manifest(undefined, { reservation: { options: ['1G,high', '256M,low'], smallest: '0x0' } }),
    );
    expect(run('--write-grub').code).toBe(0);
    expect(file()).toContain('crashkernel=1G,high crashkernel=256M,low"');
  });

  test.each([
    [
      'no folder of GRUB',
      (): void => drop('etc/default/grub.d'),
      [],
      1,
      'there is no /etc/default/grub.d',
    ],
    [
      'another crashkernel=',
      (): void => put('etc/default/grub.d/kdump.cfg', 'X="crashkernel=1M"\n'),
      [],
      1,
      'in /etc/default/grub.d/kdump.cfg: change it there',
    ],
    ['what is no size', (): void => undefined, ['$(reboot)'], 2, 'this is no size'],
    ['two sizes', (): void => undefined, ['1M', '2M'], 2, 'usage'],
  ] as const)('writes nothing where there is %s', (_name, change, args, code, words) => {
    change();
    const ran = run('--write-grub', ...args);
    expect([ran.code, ran.said]).toEqual([code, '']);
    expect(ran.wrong).toContain(words);
    expect(existsSync(join(root, 'etc/default/grub.d/crashseal.cfg'))).toBe(false);
  });
});

test('what it does not know it refuses; it says how it is called', () => {
  expect(run('--all')).toMatchObject({ code: 2, said: '' });
  expect(run('--json', 'x')).toMatchObject({ code: 2, said: '' });
  expect(run('--help')).toMatchObject({ code: 0, said: expect.stringMatching(/^usage: /) });
});

test('shellcheck has nothing to say', () => {
  const ran = spawnSync('shellcheck', [program], { encoding: 'utf8' });
  expect([ran.error, ran.stdout]).toEqual([undefined, '']);
});
