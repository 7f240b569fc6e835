/** A second implementation of a registry: the one in `crane` (go-containerregistry). */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageTree } from '../packages.ts';
import { freePort } from './registry-server.ts';

/** Debian has `crane` from 14 on, and `oras` from 13 on; both run on Debian 12. */
const suites = { crane: 'forky', oras: 'trixie' } as const;

export const newerProgram = async (name: keyof typeof suites): Promise<string> =>
  join(await packageTree('x86_64', name, suites[name]), 'usr/bin', name);

const startWithinMs = 60_000;

/** It has neither encryption nor passwords. */
export class SecondRegistry {
  readonly host: string;
  readonly options = ['--plain-http'] as const;
  readonly #process: ChildProcess;
  readonly #log: string;

  private constructor(program: string, folder: string, port: number) {
    this.host = `localhost:${port}`;
    this.#log = join(folder, 'log');
    const log = openSync(this.#log, 'w');
    const store = join(folder, 'store');
    mkdirSync(store, { recursive: true });
    const words = ['registry', 'serve', '--address', `127.0.0.1:${port}`, '--disk', store];
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...words], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  static async start(folder: string): Promise<SecondRegistry> {
    mkdirSync(folder, { recursive: true });
    const program = await newerProgram('crane');
    const server = new SecondRegistry(program, resolve(folder), await freePort());
    const limit = performance.now() + startWithinMs;
    while (!(await server.#answers())) {
      if (server.#process.exitCode !== null || performance.now() > limit)
        throw new Error(`crane's registry did not start:\n${readFileSync(server.#log, 'utf8')}`);
      await setTimeout(50);
    }
    return server;
  }

  #answers(): Promise<boolean> {
    return fetch(`http://${this.host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Method and path of each request that it logged. */
  get requests(): readonly string[] {
    return [
      ...readFileSync(this.#log, 'utf8').matchAll(
        /\b((?:GET|HEAD|POST|PUT|PATCH|DELETE) \/v2\/\S+)/g,
      ),
    ].map(([, request = '']) => request);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((end) => this.#process.on('close', end));
    this.#process.kill('SIGKILL');
    await ended;
  }
}
