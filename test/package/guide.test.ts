/** The commands of docs/packaging.md that build nothing for a distribution, as they stand there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'crashseal-packager-'));
afterAll(() => rmSync(folder, { recursive: true }));

const commands = [
  ...readFileSync('docs/packaging.md', 'utf8').matchAll(
    /^```sh\n# as a packager\n([\s\S]*?)^```$/gm,
  ),
].map(([, text = '']) => text);

test('the commands for packagers do what the page says', () => {
  expect(commands.length).toBe(2);
  const said = execFileSync('bash', ['-euc', commands.join('\n')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      collected: join(folder, 'collected'),
      // Where npm installs for all, and what it may not ask.
      npm_config_prefix: join(folder, 'global'),
      npm_config_offline: 'true',
      npm_config_cache: join(folder, 'cache'),
      PATH: `${join(folder, 'global/bin')}:${process.env.PATH}`,
    },
  });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(said.trimEnd().split('\n').at(-1)).toBe(version);
  // What the table names is there.
  const table = readFileSync('docs/packaging.md', 'utf8').split('| file below `PREFIX` |')[1] ?? '';
  const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  const paths = rows
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(8);
  for (const path of paths) {
    const at = join(
      folder,
      'collected/usr',
      path.replace('ARCH', 'x86_64').replace('.*', '.timer'),
    );
    expect([path, existsSync(at)]).toEqual([path, true]);
  }
});
