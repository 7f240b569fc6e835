/** Progress as plain lines, for logs: only of what takes over a second. */
import type { Progress } from '../host/progress.ts';

const announceAfterMs = 1000;

export function lineProgress(talk: (text: string) => void): {
  readonly progress: Progress;
  readonly end: () => Promise<void>;
} {
  return {
    progress: {
      step: async (title, work) => {
        const begun = performance.now();
        let detail = '';
        let announced = false;
        const timer = setTimeout(() => {
          announced = true;
          talk(`${title}${detail === '' ? '' : `: ${detail}`} ...\n`);
        }, announceAfterMs);
        try {
          return await work((text) => {
            detail = text;
          });
        } finally {
          clearTimeout(timer);
          const seconds = ((performance.now() - begun) / 1000).toFixed(1);
          if (announced) talk(`${title}: ${seconds} s\n`);
        }
      },
    },
    end: async () => undefined,
  };
}
