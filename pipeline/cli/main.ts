/** Joins the command line with the real world. */
import { exitStatus, run, type Terminal } from './run.ts';
import { version } from './version.ts';

const terminal: Terminal = {
  out: (text) => process.stdout.write(text),
  talk: (text) => process.stderr.write(text),
  width: process.stderr.columns ?? 100,
  colour: process.stderr.isTTY === true && process.stderr.hasColors(),
};

/** A terminal that lines can be redrawn on. */
const isScreen = ({ isTTY, columns }: NodeJS.WriteStream): boolean =>
  isTTY === true && columns >= 40 && process.env.TERM !== 'dumb';

// `crashseal inspect … | head` ends when head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  terminal.talk(`error: standard output cannot be written: ${error.message}\n`);
  process.exit(exitStatus.problem);
});

void run(process.argv.slice(2), {
  terminal,
  version,
  host: async () => (await import('../host/real-host.ts')).realHost(),
  progress: async () =>
    isScreen(process.stderr)
      ? (await import('./terminal-progress.ts')).terminalProgress()
      : (await import('./line-progress.ts')).lineProgress(terminal.talk),
}).then((status) => {
  process.exitCode = status;
});
