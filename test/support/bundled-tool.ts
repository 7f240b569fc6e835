/** The command line as users run it, but without a loader: made in a moment. */
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** The library for CycloneDX without what writes XML. */
export const bundleAlias = {
  '@cyclonedx/cyclonedx-library/Serialize': resolve(
    'node_modules/@cyclonedx/cyclonedx-library/dist.node/serialize/index.common.js',
  ),
};

/** The entry's path. Every other setting is as in the Makefile. */
export function bundleTool(folder: string): string {
  buildSync({
    entryPoints: { crashseal: resolve('pipeline/cli/entry.ts') },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node12.22',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'crashseal/[name]-[hash]',
    loader: { '.bin': 'binary', '.gz': 'empty', '.sh': 'text' },
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    alias: bundleAlias,
    logLevel: 'error',
  });
  return join(folder, 'crashseal.mjs');
}
