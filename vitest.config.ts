import { defineConfig } from 'vitest/config';

/** esbuild's text loader, for tests: `import script from './init.sh'` gives the file's text. */
const textFiles = {
  name: 'text-files',
  transform: (code: string, id: string) =>
    id.endsWith('.sh') ? `export default ${JSON.stringify(code)};` : undefined,
};

export default defineConfig({
  plugins: [textFiles],
  test: {
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/matrix/**'],
          // All CPUs: what is left to one by default would be half of a machine with two.
          maxWorkers: '100%',
          // Native tests compile; a busy machine is slow. No assertion depends on time.
          testTimeout: 10 * 60_000,
          // The first test file that needs a native program makes it, and with it all it is linked from.
          hookTimeout: 10 * 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/set-up.ts'],
          // A guest waits for its devices, and its test for the tool: two fill two CPUs, and take 3 GiB at most.
          maxWorkers: 2,
          // A guest may take minutes on a busy machine; this only ends what hangs.
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
        },
      },
      {
        extends: true,
        test: {
          // What e2e shows by example, in full; not part of a check of every change.
          name: 'matrix',
          include: ['test/matrix/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          env: { CRASHSEAL_TEST_IN_FULL: 'yes' },
          globalSetup: ['test/e2e/set-up.ts'],
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
        },
      },
    ],
  },
});
