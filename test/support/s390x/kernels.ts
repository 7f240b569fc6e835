/**
 * Kernels for s390x guests: prepared ones where a folder is named, else one of our own from Debian's sources.
 * Debian's own s390x kernels reserve no crash region.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testCache, testPackageDeb } from '../kernels.ts';

export type S390xKernel = {
  readonly name: string;
  /** A flat image: what production and capture run alike. */
  readonly image: string;
};

const configFile = 'test/support/s390x/kernel.config';
const buildScript = 'setup/s390x-kernel.sh';
const sourcePackage = 'linux-source-6.1';

/** Whoever has kernels prepared puts `bzImage-6.1` and `bzImage-6.12` into a folder that this names. */
const preparedIn = process.env.CRASHSEAL_S390X_KERNELS;

const prepared = (name: string): string | undefined => {
  const image = preparedIn === undefined ? undefined : join(preparedIn, `bzImage-${name}`);
  return image !== undefined && existsSync(image) ? image : undefined;
};

const ownSeries = '6.1';

/** Series that tests can have on this machine: one everywhere, more where they are prepared. */
export const s390xSeries: readonly string[] = [
  ownSeries,
  ...['6.12'].filter((name) => prepared(name) !== undefined),
];

let built: Promise<string> | undefined;

export async function s390xKernel(name: string): Promise<S390xKernel> {
  const image = prepared(name);
  if (image !== undefined) return { name, image };
  if (name !== ownSeries) throw new Error(`kernel ${name} is not prepared for tests`);
  built ??= buildKernel();
  return { name, image: await built };
}

/** Built once per source package, configuration and compiler; kept in the cache. */
async function buildKernel(): Promise<string> {
  const source = await testPackageDeb(sourcePackage);
  const compiler = execFileSync('s390x-linux-gnu-gcc', ['--version'], { encoding: 'utf8' });
  const key = createHash('sha256')
    .update(source.package.digest)
    .update(readFileSync(configFile))
    .update(readFileSync(buildScript))
    .update(compiler)
    .digest('hex');
  const image = join(testCache(), 's390x-kernels', key, 'bzImage');
  if (!existsSync(image)) {
    mkdirSync(dirname(image), { recursive: true });
    // Two runs at once: the second finds what the first has made.
    const once = '[[ -e $4 ]] || "$@"';
    execFileSync(
      'flock',
      [`${image}.lock`, 'bash', '-c', once, 'once', buildScript, source.path, configFile, image],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
  }
  return image;
}
