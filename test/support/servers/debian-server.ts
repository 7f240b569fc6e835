/**
 * A real server beside the guest: a program from Debian packages, in a root of its own. The guest reaches it as
 * 10.0.2.2 through QEMU's user network; it listens on this machine's loopback only.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type ServerOptions = {
  /** Of the log file. */
  readonly name: string;
  /** Program and arguments, in the root. */
  readonly run: readonly [string, ...string[]];
  /** Before it, as root in the root: a shell script. */
  readonly before?: string;
  /** What its log says when it serves. */
  readonly ready: RegExp;
  /** Text by path in the root. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders of this machine, by path in the root; each is a mount point there. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Where it listens, if not on this machine's own loopback. */
  readonly network?: { readonly namespace: string };
};

export type RanIn = { readonly exitCode: number; readonly text: string };

const readyWithinMs = 60_000;
const stopWithinMs = 10_000;

/** The root that every server runs in; made by the first who asks. */
export function serverRoot(): string {
  return execFileSync('setup/server-root.sh', {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * For a shell in a mount and a process namespace of its own: makes `$root`, the root with what is written to it going to
 * memory; nothing stays mounted, and no process stays, when the first one ends.
 */
export const mountedRoot = (
  root: string,
  files: string,
  folders: Readonly<Record<string, string>> = {},
): string => `set -eu
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o ${quoted(`lowerdir=${root},upperdir=/mnt/upper,workdir=/mnt/work`)} /mnt/root
root=/mnt/root
mount -t proc proc $root/proc
mount --rbind /dev $root/dev
mount -t tmpfs tmpfs $root/run
cp -a ${quoted(files)}/. $root/
${Object.entries(folders)
  .map(
    ([path, folder]) =>
      `mkdir -p $root${quoted(path)}; mount --rbind ${quoted(folder)} $root${quoted(path)}\n`,
  )
  .join('')}`;

/** The same, and then the program in it. */
export const rootScript = (
  root: string,
  files: string,
  options: Pick<ServerOptions, 'run' | 'before' | 'folders'>,
): string => `${mountedRoot(root, files, options.folders)}
exec chroot $root sh -c ${quoted(`${options.before ?? ''}\nexec ${options.run.map(quoted).join(' ')}`)}
`;

export class DebianServer {
  readonly #process: ChildProcess;
  readonly #logFile: string;
  readonly #ended: Promise<void>;
  #over = false;

  private constructor(program: string, logFile: string, network: ServerOptions['network']) {
    this.#logFile = logFile;
    // A file, not a pipe: Node's pipes are sockets, which /dev/stdout does not open.
    const log = openSync(logFile, 'w');
    this.#process = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--'],
        ...(network === undefined ? [] : ['nsenter', `--net=${network.namespace}`]),
        ...['unshare', '--mount', '--pid', '--fork', '--kill-child'],
        ...['bash', '-c', program],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    this.#ended = new Promise((end) => {
      this.#process.on('close', () => {
        this.#over = true;
        end();
      });
    });
  }

  /** Starts it and waits until its log says that it serves. `folder` holds its files and its log. */
  static async start(folder: string, options: ServerOptions): Promise<DebianServer> {
    const files = join(folder, `${options.name}.files`);
    mkdirSync(files, { recursive: true });
    for (const [path, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(files, path)), { recursive: true });
      writeFileSync(join(files, path), text);
    }
    const folders = Object.fromEntries(
      Object.entries(options.folders ?? {}).map(([path, host]) => [path, resolve(host)]),
    );
    const server = new DebianServer(
      rootScript(serverRoot(), resolve(files), { ...options, folders }),
      join(folder, `${options.name}.log`),
      options.network,
    );
    const limit = performance.now() + readyWithinMs;
    while (!options.ready.test(server.log)) {
      if (server.#over || performance.now() > limit) {
        server.#kill();
        throw new Error(`${options.name} did not start:\n${server.log}`);
      }
      await setTimeout(50);
    }
    return server;
  }

  get log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** A program in it, run to its end. */
  run(words: readonly string[]): RanIn {
    const [first] = descendants(this.#process.pid ?? 0);
    const inside = ['--target', `${first}`, '--mount', '--pid', '--root', '--wd'];
    const ran = spawnSync('nsenter', [...inside, '--', ...words], { encoding: 'utf8' });
    return { exitCode: ran.status ?? -1, text: `${ran.stdout}${ran.stderr}` };
  }

  /** As if its power went: no process of it does anything more. */
  async crash(): Promise<void> {
    this.#kill();
    await this.#ended;
  }

  /** Stops every process of it in its tracks: connections stay open, and nobody answers. */
  pause(): void {
    this.#signal('STOP');
  }

  resume(): void {
    this.#signal('CONT');
  }

  async stop(): Promise<void> {
    this.resume();
    this.#signal('TERM');
    await Promise.race([this.#ended, setTimeout(stopWithinMs)]);
    this.#kill();
    await this.#ended;
  }

  /** To all below `unshare`: the first of them is PID 1 of the namespace, and its end is the end of all. */
  #signal(name: string): void {
    for (const pid of descendants(this.#process.pid ?? 0))
      try {
        process.kill(pid, `SIG${name}`);
      } catch {
        // It has just ended.
      }
  }

  #kill(): void {
    this.#process.kill('SIGKILL');
  }
}

function descendants(of: number): readonly number[] {
  const table = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), parent: parentOf(pid) }));
  const below = (parent: number): readonly number[] =>
    table.flatMap((one) => (one.parent === parent ? [one.pid, ...below(one.pid)] : []));
  return below(of);
}

/** The fourth field of `stat`; the second one, in brackets, may hold anything. */
function parentOf(pid: string): number | undefined {
  try {
    return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}

/** A TCP port of the loopback that nobody has. */
export const freePort = (): Promise<number> =>
  new Promise((give, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => give(port ?? 0));
    });
  });
