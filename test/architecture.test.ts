/**
 * Imports point one way. The table is the architecture of docs/architecture.md;
 * esbuild's metafile is what is really imported at run time (type imports vanish before it).
 */
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const mayImport: Readonly<Record<string, readonly string[]>> = {
  units: [],
  problem: ['units'],
  schema: [],
  host: ['units', 'problem'],
  format: ['units', 'problem'],
  arch: ['units', 'problem', 'format'],
  profile: ['units', 'problem', 'format', 'arch', 'schema'],
  inputs: ['units', 'problem', 'format', 'arch', 'host'],
  components: ['units', 'problem', 'format', 'arch', 'host'],
  plan: ['units', 'problem', 'format'],
  sign: ['units', 'problem', 'format'],
  seal: ['units', 'problem', 'format', 'arch', 'sign'],
  diff: ['units', 'problem', 'format', 'seal', 'host'],
  build: ['*'],
  derive: ['*'],
  cli: ['*'],
};

/** The one place each package may be imported from. */
const adapters: Readonly<Record<string, RegExp>> = {
  zx: /^pipeline\/host\/process\.ts$/,
  'tar-stream': /^pipeline\/(seal\/archive|inputs\/[a-z-]+|cli\/[a-z-]+)\.ts$/,
  'node-forge': /^pipeline\/sign\/forge\.ts$/,
  zod: /^pipeline\/(schema|profile)\//,
  yaml: /^pipeline\/(profile|inputs)\//,
  commander: /^pipeline\/cli\//,
  listr2: /^pipeline\/cli\//,
};

const folderOf = (path: string): string =>
  path.startsWith('pipeline/build') ? 'build' : (path.split('/')[1] ?? path);

test('imports point one way, and each package has one adapter', async () => {
  const { metafile } = await build({
    entryPoints: ['pipeline/cli/main.ts', 'pipeline/derive/generate.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['*.bin', '*/crashseal-load', '*.sh'],
    loader: { '.sh': 'text', '.bin': 'binary' },
    outdir: 'out',
    logLevel: 'silent',
  });
  const wrong: string[] = [];
  const sources = Object.entries(metafile.inputs).filter(([path]) =>
    /^pipeline\/.*\.ts$/.test(path),
  );
  expect(sources.length).toBeGreaterThan(20);
  for (const [path, input] of sources)
    for (const { path: target } of input.imports) {
      if (target.startsWith('pipeline/')) {
        const from = folderOf(path);
        const to = folderOf(target);
        const allowed = mayImport[from];
        if (from !== to && allowed?.includes('*') !== true && allowed?.includes(to) !== true)
          wrong.push(`${path} imports ${target}`);
      }
      const name = target.split('/')[0] ?? '';
      const adapter = adapters[name];
      if (adapter !== undefined && !adapter.test(path)) wrong.push(`${path} imports ${target}`);
    }
  expect(wrong).toEqual([]);
});
