/** What of this machine is missing for what somebody wants to do with the tool: every program is run, not only looked for. */
import type { Host } from '../host/host.ts';
import { type Program, programs } from '../problem/programs.ts';
import { provePrograms, qemuFor } from '../prove/programs.ts';
import type { Purpose } from './purposes.ts';

/** `lacking`: nothing of it can be done. `partly`: only what is said. `info`: it can be done without. */
export type Mark = 'there' | 'lacking' | 'partly' | 'info';

export type Check = {
  readonly purpose: Purpose;
  readonly what: string;
  readonly mark: Mark;
  /** A version, or what is wrong. */
  readonly found: string;
  readonly package?: { readonly apt: string; readonly dnf: string | undefined };
};

export type Diagnosis = {
  readonly checks: readonly Check[];
  /** The command that installs all that is missing; undefined: nothing is, or nobody knows how. */
  readonly install: string | undefined;
};

export type DoctorWishes = {
  readonly purposes: readonly Purpose[];
  readonly arch: string;
  /** Folder for downloads. */
  readonly cache: string;
  /** Where the loader of an architecture may be. */
  readonly loaderFolders: readonly string[];
};

const timeoutMs = 20_000;
/** A build with a packaged kernel takes this much below the cache and the output folder. */
const spaceMiB = 2048;

type Need = { readonly program: string; readonly onlyFor?: string };

const needs: Readonly<Record<Purpose, readonly Need[]>> = {
  build: [
    ...['bash', 'apt-get', 'apt-cache', 'dpkg-deb', 'tar', 'depmod', 'xz', 'zstd'].map(
      (program) => ({ program }),
    ),
    { program: 'gzip', onlyFor: 'kernels and modules in gzip' },
    { program: 'bzip2', onlyFor: 'kernels in bzip2' },
    { program: 'lz4', onlyFor: 'kernels in LZ4' },
    { program: 'rpm', onlyFor: 'RPM packages' },
    { program: 'rpm2cpio', onlyFor: 'RPM packages' },
  ],
  inspect: [
    { program: 'xz', onlyFor: 'an initramfs in xz' },
    { program: 'zstd', onlyFor: 'an initramfs in zstd' },
  ],
  savecore: [{ program: 'makedumpfile', onlyFor: 'the log of a dump that was stored without one' }],
  sign: [{ program: 'openssl', onlyFor: 'keys in a token' }],
  'test-crash': provePrograms,
};

type Ran = { readonly good: boolean; readonly said: string };

async function ran(host: Host, program: string, words: readonly string[]): Promise<Ran> {
  const result = await host.run(program, words, { timeoutMs, outputMax: 1 << 20 });
  if (!result.ok) {
    const [problem] = result.problems;
    return {
      good: false,
      said: problem.kind === 'command-missing' ? 'not on this machine' : 'it does not answer',
    };
  }
  const { exitCode, stderr, stdout } = result.value;
  const text = `${new TextDecoder().decode(stdout)}\n${stderr}`;
  const line =
    text
      .split('\n')
      .find((one) => one.trim() !== '')
      ?.trim()
      .slice(0, 80) ?? '';
  // Some tell their version and end with a failure; one that cannot start says nothing or names a library.
  const good = exitCode < 126 && !/error while loading shared libraries/.test(text);
  return { good, said: line };
}

async function programCheck(
  host: Host,
  purpose: Purpose,
  { onlyFor, program }: Need,
  known: Program | undefined,
): Promise<Check> {
  const { good, said } = await ran(host, program, known?.ask ?? ['--version']);
  return {
    purpose,
    what: program,
    mark: good ? 'there' : onlyFor === undefined ? 'lacking' : 'partly',
    found: good || onlyFor === undefined ? said : `${said}: needed for ${onlyFor}`,
    ...(known === undefined ? {} : { package: { apt: known.apt, dnf: known.dnf } }),
  };
}

export async function diagnose(host: Host, wishes: DoctorWishes): Promise<Diagnosis> {
  const checks: Check[] = [];
  for (const purpose of wishes.purposes) {
    const found = needs[purpose].map((need) =>
      programCheck(host, purpose, need, programs[need.program]),
    );
    checks.push(...(await Promise.all(found)), ...(await more[purpose](host, wishes)));
  }
  return { checks, install: await installLine(host, checks) };
}

const more: Readonly<
  Record<Purpose, (host: Host, wishes: DoctorWishes) => Promise<readonly Check[]>>
> = {
  build: async (host, { cache }) => [
    await cacheCheck(host, cache),
    await spaceCheck(host, cache),
    await mirrorCheck(host),
  ],
  inspect: async () => [],
  savecore: async () => [],
  sign: async (host) => [await tokenCheck(host)],
  'test-crash': async (host, wishes) => [
    await qemuCheck(host, wishes.arch),
    await loaderCheck(host, wishes),
    await cacheCheck(host, wishes.cache, 'test-crash'),
    {
      purpose: 'test-crash',
      what: '/dev/kvm',
      mark: 'info',
      found:
        (await host.stat('/dev/kvm')) === undefined
          ? 'not there; nothing needs it'
          : 'there; it is not used, since every architecture is emulated alike',
    },
  ],
};

async function cacheCheck(host: Host, cache: string, purpose: Purpose = 'build'): Promise<Check> {
  const what = 'downloads cache';
  try {
    await host.makeFolder(cache);
    await host.withTempFolder((folder) => host.writeFile(`${folder}/x`, new Uint8Array(1)), cache);
    return { purpose, what, mark: 'there', found: cache };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { purpose, what, mark: 'lacking', found: `${cache} cannot be written to (${code})` };
  }
}

async function spaceCheck(host: Host, cache: string): Promise<Check> {
  const common = { purpose: 'build', what: 'free space' } as const;
  const result = await host.run('df', ['-Pk', '--', cache], { timeoutMs });
  const text = result.ok ? new TextDecoder().decode(result.value.stdout) : '';
  const free = Number(text.trim().split('\n').at(-1)?.split(/\s+/)[3] ?? Number.NaN);
  if (!Number.isFinite(free)) return { ...common, mark: 'info', found: 'not known' };
  const mebibytes = Math.floor(free / 1024);
  return mebibytes >= spaceMiB
    ? { ...common, mark: 'there', found: `${mebibytes} MiB` }
    : { ...common, mark: 'partly', found: `${mebibytes} MiB, and a build may take ${spaceMiB}` };
}

/** Without a source, packages come from files, folders and the cache alone. */
async function mirrorCheck(host: Host): Promise<Check> {
  const common = { purpose: 'build', what: 'package sources' } as const;
  const result = await host.run('apt-get', ['indextargets', '--format', '$(RELEASE)'], {
    timeoutMs,
    outputMax: 1 << 20,
  });
  const names = result.ok
    ? new TextDecoder().decode(result.value.stdout).split('\n').filter(Boolean)
    : [];
  const releases = [...new Set(names)];
  return releases.length === 0
    ? {
        ...common,
        mark: 'partly',
        found: 'apt has none: needed for `from: apt` without --packages',
      }
    : { ...common, mark: 'there', found: releases.join(', ').slice(0, 80) };
}

async function tokenCheck(host: Host): Promise<Check> {
  const common = { purpose: 'sign', what: 'openssl engine pkcs11' } as const;
  const result = await host.run('openssl', ['engine', '-t', 'pkcs11'], { timeoutMs });
  const text = result.ok ? new TextDecoder().decode(result.value.stdout) : '';
  return /\[ available \]/.test(text)
    ? { ...common, mark: 'there', found: 'available' }
    : {
        ...common,
        mark: 'partly',
        found:
          'not available: needed for keys in a PKCS#11 token, without another engine or provider',
        package: { apt: 'libengine-pkcs11-openssl', dnf: 'openssl-pkcs11' },
      };
}

async function qemuCheck(host: Host, arch: string): Promise<Check> {
  const qemu = qemuFor(arch);
  if (qemu === undefined)
    return {
      purpose: 'test-crash',
      what: `QEMU for ${arch}`,
      mark: 'lacking',
      found: 'this tool makes no such machine',
    };
  const { good, said } = await ran(host, qemu.program, ['--version']);
  return {
    purpose: 'test-crash',
    what: qemu.program,
    mark: good ? 'there' : 'lacking',
    found: said,
    package: { apt: qemu.package, dnf: qemu.program },
  };
}

async function loaderCheck(host: Host, { arch, loaderFolders }: DoctorWishes): Promise<Check> {
  const common = { purpose: 'test-crash', what: `loader for ${arch}` } as const;
  for (const folder of loaderFolders) {
    const path = `${folder}/${arch}/crashseal-load`;
    if ((await host.stat(path))?.kind === 'file') return { ...common, mark: 'there', found: path };
  }
  return {
    ...common,
    mark: 'partly',
    found: `in none of ${loaderFolders.join(', ')}: name one with --loader`,
  };
}

async function installLine(host: Host, checks: readonly Check[]): Promise<string | undefined> {
  const missing = checks.filter(({ mark }) => mark === 'lacking' || mark === 'partly');
  const names = (manager: 'apt' | 'dnf'): string =>
    [...new Set(missing.flatMap((check) => check.package?.[manager] ?? []))].toSorted().join(' ');
  if (names('apt') === '') return undefined;
  if ((await ran(host, 'apt-get', ['--version'])).good)
    return `apt-get install --no-install-recommends ${names('apt')}`;
  return (await ran(host, 'dnf', ['--version'])).good && names('dnf') !== ''
    ? `dnf install ${names('dnf')}`
    : undefined;
}
