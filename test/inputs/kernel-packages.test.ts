/** A kernel in several packages, in an RPM, in a unified image. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { peSections } from '../../pipeline/format/pe.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { initramfsOf, kernelOf } from '../../pipeline/inputs/kernel-image.ts';
import { readPackage, unpackPackage } from '../../pipeline/inputs/package-file.ts';
import { peFile } from '../fixtures/pe-file.ts';
import { must } from '../fixtures/results.ts';

const host = realHost();
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

test('an RPM that rpmbuild made is told and unpacked, links as links', async () => {
  await host.withTempFolder(async (temp) => {
    mkdirSync(`${temp}/BUILD`);
    writeFileSync(
      `${temp}/k.spec`,
      [
        'Name: kernel-core\nVersion: 6.9.1\nRelease: 1.fc41\nSummary: x\nLicense: GPL\nBuildArch: noarch',
        '%description\nx\n%install\nmkdir -p %{buildroot}/lib/modules/6.9.1',
        'echo image > %{buildroot}/lib/modules/6.9.1/vmlinuz',
        'ln -s /etc/passwd %{buildroot}/lib/modules/6.9.1/config\n%files\n/lib/modules\n',
      ].join('\n'),
    );
    execFileSync('rpmbuild', ['-bb', '--define', `_topdir ${temp}`, `${temp}/k.spec`], {
      stdio: 'ignore',
    });
    const [name] = readdirSync(`${temp}/RPMS/noarch`);
    const file = must(await readPackage(host, `${temp}/RPMS/noarch/${name}`, undefined));
    expect(file.form).toBe('rpm');
    const { facts, tree } = must(await unpackPackage(host, `${temp}/store`, 'test-1', file));
    expect(facts).toMatchObject({
      package: 'kernel-core',
      version: '6.9.1-1.fc41',
      architecture: 'noarch',
    });
    const image = await tree.read('lib/modules/6.9.1/vmlinuz', 100);
    expect(image instanceof Uint8Array ? text(image) : image).toBe('image\n');
    expect(await tree.linkAt('lib/modules/6.9.1/config')).toBe('/etc/passwd');
    expect(await tree.read('lib/modules/6.9.1/config', 100_000)).toBeUndefined();
  });
}, 120_000);

test('a unified kernel image is taken apart; cut anywhere it gives no more than it has', () => {
  const image = peFile({
    '.linux': 'kernel',
    '.initrd': 'files',
    '.cmdline': 'quiet',
    '.uname': '6.9',
  });
  expect([...peSections(image)].map(([name, bytes]) => `${name} ${text(bytes)}`)).toEqual([
    '.linux kernel',
    '.initrd files',
    '.cmdline quiet',
    '.uname 6.9',
  ]);
  const about = { origin: 'uki.efi', release: undefined, config: undefined };
  const kernel = must(kernelOf(image, about));
  expect([text(kernel.image), kernel.release]).toEqual(['kernel', '6.9']);
  expect(text(must(initramfsOf(image, 'uki.efi')))).toBe('files');
  const addon = peFile({ '.initrd': 'files' });
  expect(kernelOf(addon, about)).toMatchObject({
    problems: [{ kind: 'unified-image-damaged', section: '.linux' }],
  });
  expect(must(kernelOf(peFile({ '.text': 'x' }), about)).image).toEqual(peFile({ '.text': 'x' }));
  for (let size = 0; size < image.length; size += 7) peSections(image.subarray(0, size));
});
