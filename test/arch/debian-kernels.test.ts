/** Debian's own kernels, as packaged: both forms, and what objcopy makes of the same vmlinux. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entry64, parseBzImage } from '../../pipeline/arch/x86/bzimage.ts';
import { unpackPayload } from '../../pipeline/arch/x86/payload.ts';
import { x86_64 } from '../../pipeline/arch/x86_64/x86-64.ts';
import { realHost } from '../../pipeline/host/real-host.ts';
import { must } from '../fixtures/results.ts';
import { testKernelTree } from '../support/kernel-tree.ts';
import { testKernels } from '../support/kernels.ts';

describe.each(testKernels.map(({ name }) => name))('Linux %s', (name) => {
  test('has the header that its package name promises', async () => {
    const { vmlinuz, release } = await testKernelTree(name);
    const image = readFileSync(vmlinuz);
    const parsed = must(parseBzImage(image, entry64));
    expect(parsed.release).toBe(release);
    expect(parsed.header).toMatchObject({
      version: 0x020f,
      kernelAlignment: 0x20_0000,
      prefAddress: 0x100_0000n,
      cmdlineSize: 2047,
    });
    expect(parsed.protectedMode.length).toBeLessThan(image.length);
    const kernel = must(x86_64.prepareKernel(image, 'compressed', new Uint8Array()));
    expect(kernel.sealFlags).toEqual([]);
    expect(kernel.needs).toBeGreaterThan(50n << 20n);
  });

  test('is, entered directly, what objcopy makes of its vmlinux', async () => {
    const image = readFileSync((await testKernelTree(name)).vmlinuz);
    const { run } = realHost();
    const flattened = must(await x86_64.unpackKernel(run, image, 'direct'));
    const kernel = must(x86_64.prepareKernel(image, 'direct', flattened));
    const vmlinux = must(await unpackPayload(run, must(parseBzImage(image, entry64)).payload));
    const folder = mkdtempSync(join(tmpdir(), 'vmlinux-'));
    try {
      const elf = join(folder, 'vmlinux');
      const flat = join(folder, 'flat');
      writeFileSync(elf, vmlinux);
      execFileSync('objcopy', ['-O', 'binary', elf, flat]);
      const expected = readFileSync(flat);
      const shared = Math.min(expected.length, kernel.bytes.length);
      expect(Buffer.compare(expected.subarray(0, shared), kernel.bytes.subarray(0, shared))).toBe(
        0,
      );
      expect(expected.subarray(shared).every((byte) => byte === 0)).toBe(true);
      const text = execFileSync('readelf', ['-hnW', elf], { encoding: 'utf8' });
      const entry = BigInt(/Entry point address:\s+(0x[0-9a-f]+)/.exec(text)?.[1] ?? '0');
      expect(kernel.entryOffset).toBe(entry - 0x100_0000n);
      expect(text).toContain(Buffer.from(kernel.buildId ?? []).toString('hex'));
      expect(kernel.buildId?.length).toBe(20);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
