/** The command line without a process: words in, exit status and both streams out. */
import { run } from '../../pipeline/cli/run.ts';
import type { Host } from '../../pipeline/host/host.ts';
import { memoryHost } from '../../pipeline/host/memory-host.ts';
import { silentProgress } from '../fixtures/silent-progress.ts';

export type Ran = { readonly status: number; readonly out: string; readonly talk: string };

export async function runCli(
  words: readonly string[],
  host: Host = memoryHost({}),
  colour = false,
): Promise<Ran> {
  let out = '';
  let talk = '';
  const status = await run(words, {
    terminal: {
      out: (text) => {
        out += text;
      },
      talk: (text) => {
        talk += text;
      },
      width: 100,
      colour,
    },
    version: '1.2.3',
    host: async () => host,
    progress: async () => ({ progress: silentProgress, end: async () => undefined }),
  });
  return { status, out, talk };
}

/** What it says with `--json`, and the exit status. */
export async function runForJson(words: readonly string[], host: Host) {
  const { status, out } = await runCli([...words, '--json'], host);
  return { status, ...JSON.parse(out) };
}
