/** A kernel in several packages, in an RPM, in a unified image. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { peSections } from '../../pipeline/format/pe.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { initramfsOf, kernelOf } from '../../pipeline/inputs/kernel-image.ts';
import { readPackage, unpackPackage } from '../../pipeline/inputs/package-file.ts';
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

/** A PE file of the given sections, each at an offset of its own. */
function pe(sections: Readonly<Record<string, string>>): Uint8Array {
  const names = Object.keys(sections);
  const out = Buffer.alloc(1024 + 512 * names.length);
  out.write('MZ');
  out.writeUInt32LE(64, 0x3c);
  out.write('PE\0\0', 64);
  out.writeUInt16LE(names.length, 70);
  for (const [index, name] of names.entries()) {
    const at = 88 + 40 * index;
    const content = sections[name] ?? '';
    out.write(name, at);
    out.writeUInt32LE(content.length, at + 8);
    out.writeUInt32LE(512, at + 16);
    out.writeUInt32LE(1024 + 512 * index, at + 20);
    out.write(content, 1024 + 512 * index);
  }
  return out;
}

test('a unified kernel image is taken apart; cut anywhere it gives no more than it has', () => {
  const image = pe({
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
  const addon = pe({ '.initrd': 'files' });
  expect(kernelOf(addon, about)).toMatchObject({
    problems: [{ kind: 'unified-image-damaged', section: '.linux' }],
  });
  expect(must(kernelOf(pe({ '.text': 'x' }), about)).image).toEqual(pe({ '.text': 'x' }));
  for (let size = 0; size < image.length; size += 7) peSections(image.subarray(0, size));
});
