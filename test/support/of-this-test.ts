import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A process that ends with its test, however that ends; one that is stopped, too. */
export function ofThisTest<T extends ChildProcess>(child: T): T {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** A folder of its own, which is gone when the test is over. */
export function folderOfThisTest(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
