/**
 * The examples of deploy/ for machines that set themselves up at their first boot, read by the tools' own checks. No
 * machine was booted with them here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInRoot } from '../support/servers/in-root.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const examples = {
  'deploy/cloud-init/user-data.yaml': {
    check: ['cloud-init', 'schema', '--config-file'],
    // What the check would say of mistakes: without this, its silence would mean nothing.
    mistakes: [
      ['permissions: "0644"', 'permissions: 644'],
      ['runcmd:\n', 'runcmd: true\nx:\n'],
      ['mode: reboot', 'mode: rebot'],
    ],
  },
  'deploy/ignition/config.ign': {
    check: ['ignition-validate'],
    mistakes: [
      ['"3.3.0"', '"9.3.0"'],
      ['"/etc/crashseal/bundle"', '"etc/crashseal/bundle"'],
      ['"mode": 493', '"mode": "x"'],
    ],
  },
} as const;

test.each(Object.entries(examples))('%s is of its form', async (path, { check, mistakes }) => {
  await withWorkFolder('first-boot', async (folder) => {
    const text = readFileSync(path, 'utf8');
    const [program, ...words] = check;
    const judged = (content: string) => {
      writeFileSync(join(folder, 'example'), content);
      return runInRoot(folder, [program, ...words, '/first-boot/example'], {
        '/first-boot': folder,
      });
    };
    const good = judged(text);
    expect([good.exitCode, good.text]).toMatchObject([
      0,
      expect.not.stringMatching(/error|warning/i),
    ]);
    for (const [right, wrong] of mistakes) {
      expect(text).toContain(right);
      expect(judged(text.replace(right, wrong)).exitCode, wrong).not.toBe(0);
    }
  });
});

test('the unit of the Ignition example arms as that of the package does', () => {
  const { systemd } = JSON.parse(readFileSync('deploy/ignition/config.ign', 'utf8')) as {
    systemd: { units: readonly { contents: string }[] };
  };
  const packaged = readFileSync('loader/systemd/crashseal.service', 'utf8').split('\n');
  for (const line of systemd.units[0]?.contents.split('\n') ?? [])
    if (/^(ExecStart|ExecReload|Conflicts|WantedBy|RemainAfterExit|StateDirectory)/.test(line))
      expect(packaged.join('\n')).toContain(
        line.replace('/usr/local/sbin/', '/usr/sbin/').replace('kdump.service', ''),
      );
});
