import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type BuiltBundle, build } from '../../build.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../host/progress.ts';
import { fail, ok, type Result } from '../../problem/result.ts';
import { readSigner, type Signer } from '../../sign/sign.ts';
import type { NamedFile } from '../../sign/verify-signature.ts';
import { digestOf } from '../../units/units.ts';
import { makeDevelopmentKey } from '../development-key.ts';
import { readDate } from '../option-date.ts';
import { type BuiltView, renderBuild } from '../render-build.ts';
import type { Misuse, Options, VerbModule } from '../verb.ts';
import { version } from '../version.ts';

type SigningFiles = { readonly key: string; readonly certificates: readonly string[] };

export const run: VerbModule['run'] = async ({ host, progress }, args, options) => {
  const signing = signingFiles(options);
  if (typeof signing === 'object' && 'misuse' in signing) return signing;
  const date = buildDate(host, options);
  if (date !== undefined && typeof date !== 'number') return date;
  const out = options.text('out') ?? 'out';

  const signer = await signerFrom(host, progress, out, signing);
  if (!signer.ok) return signer;
  const { purgatoryImages } = await import('../embedded-images.ts');
  const built = await build(host, {
    profiles: args,
    out,
    store: join(out, 'store'),
    cache: cacheFolder(host),
    lockFile: options.text('lock') ?? 'crashseal.lock',
    updateLock: options.flag('update-lock'),
    signer: signer.value,
    buildDate: date,
    purgatoryImages,
    toolVersion: version,
    progress,
  });
  if (!built.ok) return built;
  const views = built.value.map(viewOf);
  return ok({
    text: renderBuild(views),
    json: { bundles: views },
    good: true,
  });
};

/** Undefined: not to be signed. `'development'`: with a key of our own making. */
function signingFiles(options: Options): SigningFiles | 'development' | undefined | Misuse {
  const key = options.text('key');
  const certificates = options.texts('cert');
  const ways = [key !== undefined, options.flag('dev-key'), options.flag('unsigned')];
  if (ways.filter(Boolean).length !== 1)
    return { misuse: 'say how to sign: one of --key with --cert, --dev-key, --unsigned' };
  if (key !== undefined && certificates.length === 0)
    return { misuse: "--key needs --cert with the signer's certificate" };
  if (key === undefined && certificates.length > 0)
    return { misuse: '--cert needs --key with the key that belongs to it' };
  if (key !== undefined) return { key, certificates };
  return options.flag('dev-key') ? 'development' : undefined;
}

function buildDate(host: Host, options: Options): number | undefined | Misuse {
  const given = options.text('date');
  if (given !== undefined)
    return readDate(given) ?? { misuse: `--date takes a date such as 2027-01-31, not "${given}"` };
  const epoch = host.env('SOURCE_DATE_EPOCH');
  if (epoch === undefined || epoch === '') return undefined;
  return /^\d{1,11}$/.test(epoch)
    ? Number(epoch)
    : { misuse: `SOURCE_DATE_EPOCH is "${epoch}", and takes seconds since 1970` };
}

function cacheFolder(host: Host): string {
  const own = host.env('CRASHSEAL_CACHE');
  if (own !== undefined && own !== '') return own;
  const user = host.env('XDG_CACHE_HOME');
  return user !== undefined && user !== ''
    ? join(user, 'crashseal')
    : join(host.env('HOME') ?? '/', '.cache', 'crashseal');
}

async function signerFrom(
  host: Host,
  progress: Progress,
  out: string,
  signing: SigningFiles | 'development' | undefined,
): Promise<Result<Signer | undefined>> {
  if (signing === undefined) return ok(undefined);
  if (signing !== 'development') return readSignerFiles(host, signing);
  const folder = join(out, 'development-key');
  const files = { key: join(folder, 'signer.key'), certificates: [join(folder, 'signer.pem')] };
  if ((await host.stat(files.key)) === undefined) {
    const made = await progress.step('making a development key', () =>
      makeDevelopmentKey(host, folder),
    );
    if (!made.ok) return made;
  }
  return readSignerFiles(host, files);
}

async function readSignerFiles(host: Host, files: SigningFiles): Promise<Result<Signer>> {
  const key = await readNamed(host, files.key, 'key');
  if (!key.ok) return key;
  const parts: Uint8Array[] = [];
  for (const path of files.certificates) {
    const certificate = await readNamed(host, path, 'certificate');
    if (!certificate.ok) return certificate;
    parts.push(certificate.value.bytes, new TextEncoder().encode('\n'));
  }
  return readSigner(key.value, {
    path: files.certificates.join(', '),
    bytes: Uint8Array.from(Buffer.concat(parts)),
  });
}

export async function readNamed(
  host: Host,
  path: string,
  what: string,
): Promise<Result<NamedFile>> {
  const bytes = await host.readFile(path);
  return bytes === undefined
    ? fail({ area: 'cli', kind: 'no-file', file: path, what })
    : ok({ path, bytes });
}

function viewOf(bundle: BuiltBundle): BuiltView {
  const { seal, sealBytes } = bundle.sealed;
  const { inputs } = bundle.plan.components;
  return {
    path: bundle.path,
    profile: seal.profile,
    release: seal.release,
    size: bundle.size,
    signed: bundle.signed,
    testing: inputs.profile.testing,
    sealDigest: digestOf(createHash('sha256').update(sealBytes).digest()),
    needs: bundle.plan.crashSize,
    reserved: inputs.profile.reservation.smallest,
    withoutModules: inputs.modules?.files.length === 0,
    missingFirmware: bundle.missingFirmware,
  };
}
