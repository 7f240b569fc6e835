/** The package on a Debian whose systemd (257) is newer than that of Debian 12 (252): from 254 on sandboxes hide more. */
import { test } from 'vitest';
import { expectArmsAtBoot } from '../support/installed-package.ts';

test('installed-package-arms-at-boot: on Debian 13', ({ annotate }) =>
  expectArmsAtBoot('installed-package-trixie', annotate, 'trixie'));
