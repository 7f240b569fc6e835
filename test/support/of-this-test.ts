import type { ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A process that ends with its test, however that ends; one that is stopped, too. */
export function ofThisTest<T extends ChildProcess>(child: T): T {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
