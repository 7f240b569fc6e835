import type { CaptureChoices } from '../../arch/capture-choices.ts';
import { firstOnEach } from '../../arch/in-words.ts';
import { choice } from '../../schema/takes.ts';
import { profileKey } from '../key.ts';
import { existsOnArch, firstOf, rulesOf } from './arch.ts';
import { withoutEffectByFile } from './backend.ts';

export const hotplug = profileKey('hotplug', {
  schema: choice(['rearm', 'kernel'])
    .optional()
    .meta({
      description:
        'Who brings the ELF core header up to date when CPUs or memory come or go. `rearm`: the loader, which the shipped udev rule runs again; the header stays checked after the panic. `kernel`: the running kernel, where it can (Linux 6.6 with `CONFIG_CRASH_HOTPLUG`); then the header takes 1 MiB and is not checked, and elsewhere it is as with `rearm`.',
      defaultText: firstOnEach((rules) => rules.hotplug),
      examples: ['kernel'],
    }),
  settle: (asked, written): CaptureChoices['hotplug'] => firstOf(asked, rulesOf(written).hotplug),
  checks: [
    existsOnArch('hotplug', (rules) => rules.hotplug),
    withoutEffectByFile('hotplug', 'with kexec_file_load(2) the kernel decides that itself'),
  ],
  problems: ['not-on-arch', 'needs-segments'],
});
