/** The page with a step's commands for CP: complete when the profile names them; else the loader takes them from sysfs. */
import { encodeCommands, vmcmd } from '../../format/cp-commands.ts';
import type { PolicyBlock } from '../architecture.ts';
import type { LiveValue } from '../component.ts';
import type { PolicyStep } from '../policy-step.ts';

/** Linux, arch/s390/kernel/ipl.c: what the action `vmcmd` gives CP at a panic. There under z/VM alone. */
const onPanic = 'sys/firmware/vmcmd/on_panic';

const fromMachine: LiveValue = {
  source: 'fileText',
  form: 'own',
  text: onPanic,
  offset: BigInt(vmcmd.fields.commands.offset),
  size: BigInt(vmcmd.fields.commands.size),
};

export function vmcmdPage(step: PolicyStep): PolicyBlock | undefined {
  if (step.kind !== 'vmcmd') return undefined;
  const { commands } = step;
  return {
    name: 'CP commands',
    bytes: encodeCommands(commands ?? []),
    live: commands === undefined ? [fromMachine] : [],
    match: commands === undefined ? [{ kind: 'present', path: onPanic, value: '' }] : [],
  };
}
