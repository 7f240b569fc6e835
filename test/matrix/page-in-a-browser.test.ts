/**
 * The page as people see it: in Debian's Chromium (`apt-get install chromium`, 300 MB, and so no part of every check).
 * Pictures are left in out/page, for whoever wants to look.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { withPage } from '../support/browser.ts';
import { crashseal } from '../support/crashseal.ts';
import { withWorkFolder } from '../support/work-folder.ts';

const looks = {
  light: { width: 1200, height: 900 },
  dark: { width: 1200, height: 900, dark: true },
  phone: { width: 320, height: 700 },
  'dark-phone': { width: 375, height: 800, dark: true },
  paper: { width: 800, height: 1100, print: true },
} as const;

const done = ({ exitCode, stderr }: ReturnType<typeof crashseal>): void =>
  expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);

test('asks for nothing, complains of nothing, fits every screen, and can be read', async () => {
  await withWorkFolder('page', async (folder) => {
    const common = ['build', '--dev-key', '--out', folder, '--lock', `${folder}/lock`];
    done(crashseal([...common, 'profiles/qemu-development.yaml', 'profiles/cloud-guest.yaml']));
    const page = resolve(folder, 'page.html');
    const bundle = (name: string): string => `${folder}/${name}.crashseal`;
    const against = ['--against', bundle('cloud-guest')];
    done(crashseal(['inspect', '--html', page, ...against, bundle('qemu-development')]));
    mkdirSync('out/page', { recursive: true });
    await withPage(`file://${page}`, async (open) => {
      // Closed parts are looked at too; this is the test's own script.
      await open.ask("for (const one of document.querySelectorAll('details')) one.open = true");
      await open.ask(`${axe.source};0`);
      for (const [name, how] of Object.entries(looks)) {
        await open.look(how);
        const violations = await open.ask(
          'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html)))',
        );
        expect([name, violations]).toEqual([name, []]);
        const wide = await open.ask('document.documentElement.scrollWidth');
        expect([name, wide]).toEqual([name, how.width]);
        writeFileSync(`out/page/${name}.png`, await open.picture());
      }
      expect(open.requests).toEqual([]);
      expect(open.complaints).toEqual([]);
    });
  });
});

test('a browser that is asked to fetch or to run something by such a page does not', async () => {
  await withWorkFolder('page-policy', async (folder) => {
    const page = resolve(folder, 'page.html');
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/.exec(
      readFileSync('pipeline/page/page.ts', 'utf8'),
    )?.[0];
    const words = /const policy = "([^"]*)"/.exec(
      readFileSync('pipeline/page/page.ts', 'utf8'),
    )?.[1];
    const meta = (policy ?? '').replace(/\$\{policy\}/, words ?? '');
    writeFileSync(
      page,
      `<!DOCTYPE html><title>x</title>${meta}<img src="none.png"><script>document.title = 'ran'</script>`,
    );
    await withPage(`file://${page}`, async (open) => {
      expect(await open.ask('document.title')).toBe('x');
      // What the policy forbids is a complaint of the console, so the page's silence above says something.
      expect(open.complaints.length).toBeGreaterThan(0);
    });
  });
});
