/** The command line in one file as users run it, but without loader and purgatory: made in a moment, nothing native. */
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** Its path. Every other setting is as in the Makefile. */
export function bundleTool(folder: string): string {
  const outfile = join(folder, 'crashseal.mjs');
  buildSync({
    entryPoints: [resolve('pipeline/cli/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node12.22',
    format: 'cjs',
    outfile,
    loader: { '.bin': 'empty', '.gz': 'empty', '.sh': 'text' },
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
