/**
 * The pages as people see them: in Debian's Chromium (`apt-get install chromium`, 300 MB, and so no part of every check).
 * Pictures are left in out/page, for whoever wants to look.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import axe from 'axe-core';
import { expect, test } from 'vitest';
import {
  metricsText,
  notArmedJson,
  statusJson,
  wouldNotDumpJson,
} from '../fixtures/fleet-reports.ts';
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

/** The page of a bundle, and that of a fleet. */
const pages = {
  bundle: (folder: string, page: string): void => {
    const common = ['build', '--dev-key', '--out', folder, '--lock', `${folder}/lock`];
    done(crashseal([...common, 'profiles/qemu-development.yaml', 'profiles/cloud-guest.yaml']));
    const bundle = (name: string): string => `${folder}/${name}.crashseal`;
    const against = ['--against', bundle('cloud-guest')];
    done(crashseal(['inspect', '--html', page, ...against, bundle('qemu-development')]));
  },
  fleet: (folder: string, page: string): void => {
    const soon = new Date(Date.now() + 864e6).toISOString().replace(/\.\d+/, '');
    const reports = {
      'web1.json': statusJson(),
      'web2.prom': metricsText(),
      'web3.json': wouldNotDumpJson(`no device has PARTLABEL ${'crashdump'.repeat(20)}`),
      'web4.json': notArmedJson(),
      'web5.json': statusJson({ certificatesUntil: soon, wouldDump: null }),
      'web6.json': '{',
      'hosts.txt': 'web1\nweb2\nweb3\nweb4\nweb7\n',
    };
    mkdirSync(`${folder}/reports`);
    for (const [name, text] of Object.entries(reports))
      writeFileSync(`${folder}/reports/${name}`, text);
    const words = ['--hosts', `${folder}/reports/hosts.txt`, '--html', page, `${folder}/reports`];
    expect(crashseal(['fleet', 'status', ...words])).toMatchObject({ exitCode: 1, stderr: '' });
  },
} as const;

test.each(Object.entries(pages))(
  'that of a %s asks for nothing, complains of nothing, fits every screen, and can be read',
  async (kind, write) => {
    await withWorkFolder(`page-${kind}`, async (folder) => {
      const page = resolve(folder, 'page.html');
      write(folder, page);
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
          writeFileSync(`out/page/${kind}-${name}.png`, await open.picture());
        }
        expect(open.requests).toEqual([]);
        expect(open.complaints).toEqual([]);
      });
    });
  },
);

test('a browser that is asked to fetch or to run something by such a page does not', async () => {
  await withWorkFolder('page-policy', async (folder) => {
    const page = resolve(folder, 'page.html');
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/.exec(
      readFileSync('pipeline/page/document.ts', 'utf8'),
    )?.[0];
    const words = /const policy = "([^"]*)"/.exec(
      readFileSync('pipeline/page/document.ts', 'utf8'),
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
