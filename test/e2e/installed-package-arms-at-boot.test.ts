/** The package on this machine's Debian; on a newer one, with a newer systemd: test/matrix/installed-package. */
import { test } from 'vitest';
import { expectArmsAtBoot } from '../support/installed-package.ts';

test('installed-package-arms-at-boot', ({ annotate }) =>
  expectArmsAtBoot('installed-package', annotate));
