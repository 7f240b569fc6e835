import { yesOrNo } from '../../schema/takes.ts';
import { asWritten, profileKey } from '../key.ts';
import { hotplug } from './hotplug.ts';

export const limitLoads = profileKey('limitLoads', {
  schema: yesOrNo().default(false).meta({
    description:
      'Whether the loader sets `kernel.kexec_load_limit_panic` to 0 once the bundle is armed. Then nobody, root included, replaces or unloads the capture kernel before the next boot, and the loader does not arm again when CPUs, memory or devices change. Linux 6.3 has the setting; on an older kernel the loader arms and warns.',
  }),
  settle: asWritten<boolean>,
  checks: [
    {
      with: [hotplug],
      find: (value, { of, place }) =>
        value && of(hotplug) === 'rearm'
          ? [
              {
                area: 'profile',
                kind: 'limit-forbids-rearm',
                place: place('limitLoads'),
                hotplugPlace: place('hotplug'),
              },
            ]
          : [],
    },
  ],
  problems: ['limit-forbids-rearm'],
});
