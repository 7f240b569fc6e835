/**
 * Progress on a terminal, drawn by listr2 on standard error. It appears when something takes time,
 * and leaves what was done on the screen. Imported when it is needed, and listr2 only when it is drawn.
 */
import { writeSync } from 'node:fs';
import { onInterrupt } from '../host/interrupt.ts';
import type { Progress } from '../host/progress.ts';

const drawAfterMs = 400;

type Step = {
  readonly title: string;
  /** Settles with the step; rejects when it failed, which is only to be shown. */
  readonly shown: Promise<void>;
  say: (detail: string) => void;
  detail: string;
};

type Drawing = { readonly add: (step: Step) => void; readonly end: () => Promise<void> };

async function draw(): Promise<Drawing> {
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import('listr2');
  // listr2 asks whether standard output is a terminal; ours is standard error, and it is.
  class ErrorStreamRenderer extends DefaultRenderer {
    static override readonly nonTTY = true;
  }
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  // A task without a title is not drawn: it keeps the list open for steps that are not known yet.
  const list = new Listr([{ task: () => finished }], {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: ErrorStreamRenderer,
    rendererOptions: {
      collapseErrors: false,
      showErrorMessage: false,
      logger: new ListrLogger({
        useIcons: true,
        processOutput: new ProcessOutput(process.stderr, process.stderr),
      }),
    },
  });
  const running: Promise<unknown>[] = [list.run()];
  return {
    add: (step) => {
      list.add({
        title: step.title,
        task: (_context, task) => {
          step.say = (detail) => {
            task.output = detail;
          };
          if (step.detail !== '') step.say(step.detail);
          return step.shown;
        },
      });
      const task = list.tasks.at(-1);
      // listr2 starts what it knows when it is run; later tasks have no other door than this one.
      // biome-ignore lint/complexity/useLiteralKeys: the brackets reach what is declared private
      if (task !== undefined) running.push(list['runTask'](task));
    },
    end: async () => {
      finish();
      await Promise.allSettled(running);
    },
  };
}

const isFailure = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'ok' in value && value.ok === false;

export function terminalProgress(): {
  readonly progress: Progress;
  readonly end: () => Promise<void>;
} {
  const waiting = new Set<Step>();
  let drawing: Promise<Drawing> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let leaveCursor = (): void => undefined;

  const begin = (): void => {
    // The steps undo what they have begun, and then the signal ends the tool: here only the cursor comes back.
    // Not through the stream, whose writes listr2 keeps back while it draws.
    leaveCursor = onInterrupt(() => writeSync(process.stderr.fd, '\u001b[?25h'));
    drawing = draw();
    void drawing.then(({ add }) => {
      for (const step of waiting) add(step);
      waiting.clear();
    });
  };

  return {
    progress: {
      step: async (title, work) => {
        let settle: (failed: boolean) => void = () => undefined;
        const shown = new Promise<void>((resolve, reject) => {
          settle = (failed) => (failed ? reject(new Error(title)) : resolve());
        });
        shown.catch(() => undefined);
        const step: Step = {
          title,
          shown,
          detail: '',
          say: (detail) => {
            step.detail = detail;
          },
        };
        waiting.add(step);
        if (drawing === undefined) timer ??= setTimeout(begin, drawAfterMs);
        else
          void drawing.then(({ add }) => {
            if (waiting.delete(step)) add(step);
          });
        try {
          const value = await work((detail) => step.say(detail));
          settle(isFailure(value));
          return value;
        } catch (error) {
          settle(true);
          throw error;
        } finally {
          // Done before it was drawn: nobody waited for it.
          waiting.delete(step);
        }
      },
    },
    end: async () => {
      clearTimeout(timer);
      if (drawing !== undefined) await (await drawing).end();
      leaveCursor();
    },
  };
}
