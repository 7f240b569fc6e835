import { dirname } from 'node:path';
import { fail, ok } from '../../problem/result.ts';
import { guessClass, readMachineFacts } from '../machine-facts.ts';
import { type MachineClass, machineClasses, starterProfile } from '../starter-profile.ts';
import type { VerbModule } from '../verb.ts';

export const run: VerbModule['run'] = async ({ host }, args, options) => {
  const path = args[0] ?? 'profile.yaml';
  const asked = options.text('class');
  const machineClass: MachineClass =
    machineClasses.find((one) => one === asked) ?? (await guessClass(host));
  const name = options.text('name') ?? machineClass;
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
    return {
      misuse: `"${name}" cannot name a profile: at most 63 lower-case letters, digits, ".", "_" and "-"`,
    };

  const text = starterProfile(machineClass, name, await readMachineFacts(host));
  if (options.flag('stdout'))
    return ok({ text, json: { class: machineClass, name, profile: text }, good: true });

  if ((await host.stat(path)) !== undefined)
    return fail({ area: 'cli', kind: 'starter-exists', file: path });
  await host.makeFolder(dirname(path));
  await host.writeFile(path, new TextEncoder().encode(text));
  return ok({
    text: `${path}\n`,
    json: { class: machineClass, name, path },
    good: true,
  });
};
