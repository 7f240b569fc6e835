/** The list of machines that there should be: a name on each line. */
import type { Host } from '../host/host.ts';
import type { Problem } from '../problem/problem.ts';
import { fail, type Result, unlessProblems } from '../problem/result.ts';
import { hostName } from './host-name.ts';
import { plain } from './plain.ts';

const fileMax = 32 << 20;
/** So many mistakes are told. */
const mistakesMax = 20;

export async function readHostsFile(host: Host, path: string): Promise<Result<readonly string[]>> {
  const bytes = await host.readSmallFile(path, fileMax);
  if (bytes === undefined || typeof bytes === 'string')
    return fail({ area: 'fleet', kind: 'hosts-unreadable', path, why: bytes ?? 'missing' });
  return parseHosts(path, new TextDecoder().decode(bytes));
}

export function parseHosts(path: string, text: string): Result<readonly string[]> {
  const names = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const word = line.replace(/#.*/, '').trim();
    if (word === '') continue;
    const name = hostName(word);
    if (name !== undefined) names.add(name);
    else if (problems.length < mistakesMax)
      problems.push({
        area: 'fleet',
        kind: 'hosts-name',
        path,
        line: index + 1,
        found: plain(word, 60),
      });
  }
  if (names.size === 0 && problems.length === 0)
    return fail({ area: 'fleet', kind: 'hosts-empty', path });
  return unlessProblems(problems, () => [...names]);
}
