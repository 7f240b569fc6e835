import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test("the loader has the package's version", () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(readFileSync('loader/base/version.h', 'utf8')).toContain(
    `#define CRASHSEAL_VERSION "${version}"\n`,
  );
});
