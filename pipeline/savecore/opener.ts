/** Opens files for one run and closes all of them at its end. */
import type { Host, OpenFile } from '../host/host.ts';

/** Undefined for what is no file or block device. */
export type Opener = (path: string) => Promise<OpenFile | undefined>;

export async function withOpener<T>(host: Host, work: (open: Opener) => Promise<T>): Promise<T> {
  const opened: OpenFile[] = [];
  try {
    return await work(async (path) => {
      const file = await host.openFile(path);
      if (file === undefined || file === 'not-a-file') return undefined;
      opened.push(file);
      return file;
    });
  } finally {
    for (const file of opened) await file.close();
  }
}
