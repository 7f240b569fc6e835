/** Ctrl-C on a terminal, in the middle of a build: the program in a process of its own, below a pseudo-terminal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { smallInitramfs } from '../fixtures/small-initramfs.ts';
import { debOf } from '../inputs/small-deb.ts';
import { bundleTool } from '../support/bundled-tool.ts';
import { folderOfThisTest, ofThisTest } from '../support/of-this-test.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const control = { C: '\u0003' } as const;

test('Ctrl-C ends a build with the cursor shown, and leaves no folder, file or program', async () => {
  const folder = folderOfThisTest('interrupted-cli');
  const program = bundleTool(folder);
  for (const name of ['bin', 'tmp']) mkdirSync(join(folder, name));
  // Unpacking that does not end. It works where it was told to, as the real one does.
  writeFileSync(
    join(folder, 'bin/dpkg-deb'),
    `#!/bin/sh\necho $$ > ${folder}/child\nexec sleep 600\n`,
  );
  chmodSync(join(folder, 'bin/dpkg-deb'), 0o755);
  writeFileSync(
    join(folder, 'kernel.deb'),
    debOf({ 'debian-binary': '2.0\n', 'control.tar': ' ', 'data.tar': ' ' }),
  );
  writeFileSync(join(folder, 'initrd'), smallInitramfs());
  writeFileSync(
    join(folder, 'web.yaml'),
    'name: web\nkernel: { from: deb, path: kernel.deb }\ncrashkernel: 256M\ntarget: { kind: raw, device: /dev/vdb }\ninitramfs: { from: file, path: initrd }\n',
  );
  const child = ofThisTest(
    spawn(
      'script',
      [
        '--quiet',
        '--return',
        '--flush',
        '--command',
        `stty cols 100 rows 30; exec ${process.execPath} ${program} build --unsigned web.yaml`,
        '/dev/null',
      ],
      {
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${folder}/bin:${process.env.PATH}`,
          TERM: 'xterm',
          TMPDIR: join(folder, 'tmp'),
          CRASHSEAL_CACHE: join(folder, 'cache'),
        },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    ),
  );
  let shown = '';
  child.stdout.on('data', (piece: Buffer) => {
    shown += piece.toString('latin1');
  });
  const exited = once(child, 'exit');
  await expect
    .poll(() => shown.includes(hideCursor) && existsSync(join(folder, 'child')), {
      timeout: 60_000,
    })
    .toBe(true);
  const pid = readFileSync(join(folder, 'child'), 'utf8').trim();
  child.stdin.write(control.C);
  // 128 and the number of SIGINT, as a shell says it.
  expect(await exited).toEqual([130, null]);
  expect(shown.lastIndexOf(showCursor)).toBeGreaterThan(shown.lastIndexOf(hideCursor));
  expect(shown).not.toContain('    at ');
  await expect
    .poll(() =>
      existsSync(`/proc/${pid}/stat`)
        ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2]
        : 'Z',
    )
    .toBe('Z');
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  const known = [
    'bin',
    'bin/dpkg-deb',
    'child',
    'crashseal.mjs',
    'initrd',
    'kernel.deb',
    'tmp',
    'web.yaml',
  ];
  const isFolder = (path: string): boolean => statSync(join(folder, path)).isDirectory();
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      !known.includes(path) &&
      !/^crashseal($|\/)/.test(path) &&
      (!isFolder(path) || path.includes('crashseal-')),
  );
  expect(left).toEqual([]);
}, 120_000);
