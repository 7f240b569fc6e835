/** The entry of out/crashseal.mjs: joins the command line with the real world. */
import { run, type Terminal } from './run.ts';
import { version } from './version.ts';

const terminal: Terminal = {
  out: (text) => process.stdout.write(text),
  talk: (text) => process.stderr.write(text),
  width: process.stderr.columns ?? 100,
  colour: process.stderr.isTTY === true && process.stderr.hasColors(),
};

// `crashseal inspect … | head` ends when head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  terminal,
  version,
  host: async () => (await import('../host/real-host.ts')).realHost(),
  progress: async () =>
    process.stderr.isTTY === true && process.env.TERM !== 'dumb'
      ? (await import('./terminal-progress.ts')).terminalProgress()
      : (await import('./line-progress.ts')).lineProgress(terminal.talk),
});
