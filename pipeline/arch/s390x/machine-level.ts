/**
 * For which machine a kernel was built. The image holds the facilities that it wants only as a nameless table
 * in its decompressor, so that the configuration is what can be asked (CONFIG_MARCH_*, arch/s390/Kconfig).
 */
import type { Problem } from '../../problem/problem.ts';
import type { CaptureChoices } from '../capture-choices.ts';

/** Oldest first. */
const marches = {
  z10: 'MARCH_Z10',
  z196: 'MARCH_Z196',
  zEC12: 'MARCH_ZEC12',
  z13: 'MARCH_Z13',
  z14: 'MARCH_Z14',
  z15: 'MARCH_Z15',
  z16: 'MARCH_Z16',
  z17: 'MARCH_Z17',
} as const;
type MachineLevel = keyof typeof marches;
export const machineLevels = Object.keys(marches) as readonly MachineLevel[];

export const builtFor = (config: ReadonlyMap<string, string>): MachineLevel | undefined =>
  machineLevels.find((level) => config.get(marches[level]) === 'y');

export function checkMachineLevel(
  config: ReadonlyMap<string, string> | undefined,
  { machineLevel }: Pick<CaptureChoices, 'machineLevel'>,
): readonly Problem[] {
  if (machineLevel === undefined) return [];
  const built = config === undefined ? undefined : builtFor(config);
  if (built === undefined)
    return [
      {
        area: 'component',
        kind: 'kernel-machine-unknown',
        machineLevel,
        configured: config !== undefined,
      },
    ];
  const order: readonly string[] = machineLevels;
  return order.indexOf(built) > order.indexOf(machineLevel)
    ? [{ area: 'component', kind: 'kernel-newer-machine', built, machineLevel }]
    : [];
}
