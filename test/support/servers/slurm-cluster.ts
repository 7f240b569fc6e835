/**
 * A Slurm cluster on this machine: a controller and nodes, each a Debian root of its own in a mount and a process
 * namespace, so that a node can go as by loss of power. What runs on the nodes is this machine's: its files lie at
 * `/host` there, and `crashseal` is the tool as it was built.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DebianServer, freePort, type RanIn } from './debian-server.ts';

/** slurmd 22.05 refuses to run without, even where it is to use none of them. */
const controlGroups = ['freezer', 'memory', 'cpuset', 'cpu,cpuacct', 'cpu', 'cpuacct', 'devices']
  .map((name) => join('/sys/fs/cgroup', name))
  .filter(existsSync);

/** Whether control groups are those of version 1, which the plugin here is for. */
export const canRunSlurm = (): boolean =>
  process.getuid?.() === 0 && existsSync('/sys/fs/cgroup/freezer');

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

export class SlurmCluster {
  readonly #controller: DebianServer;
  readonly #nodes: ReadonlyMap<string, DebianServer>;

  private constructor(controller: DebianServer, nodes: ReadonlyMap<string, DebianServer>) {
    this.#controller = controller;
    this.#nodes = nodes;
  }

  /** Its nodes, of `cpus` each, and `/job`, a folder that all have. */
  static async start(
    folder: string,
    names: readonly string[],
    cpus: number,
  ): Promise<SlurmCluster> {
    // The controller asks for its own name.
    const [self = ''] = hostname().split('.');
    const ports = new Map<string, number>();
    for (const name of ['controller', ...names]) ports.set(name, await freePort());
    const files = {
      '/etc/slurm/slurm.conf': `ClusterName=test
SlurmctldHost=${self}(127.0.0.1)
SlurmctldPort=${ports.get('controller')}
SlurmUser=root
# A task of a node that died waits for so long until it is started on another.
AuthInfo=cred_expire=10
SlurmdTimeout=10
SlurmdParameters=config_overrides
SlurmdPidFile=/run/slurmd-%n.pid
SlurmdSpoolDir=/var/spool/slurmd-%n
StateSaveLocation=/var/spool/slurmctld
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=0
# What became of a task can be asked to the end.
MinJobAge=86400
${names.map((name) => `NodeName=${name} NodeAddr=127.0.0.1 Port=${ports.get(name)} CPUs=${cpus} RealMemory=65536\n`).join('')}PartitionName=all Nodes=${names.join(',')} Default=YES MaxTime=INFINITE
`,
      '/etc/slurm/cgroup.conf': 'CgroupPlugin=cgroup/v1\n',
      '/usr/local/bin/crashseal': `#!/bin/sh
exec chroot /host /usr/bin/env --chdir=${quoted(resolve('.'))} ${quoted(process.execPath)} out/crashseal.mjs "$@"
`,
    };
    const before = `chmod 755 /usr/local/bin/crashseal
mkdir -p /run/munge /var/spool/slurmctld ${names.map((name) => `/var/spool/slurmd-${name}`).join(' ')}
chown munge:munge /run/munge
setpriv --reuid munge --regid munge --clear-groups munged
sleep 1`;
    const folders = {
      ...Object.fromEntries(controlGroups.map((path) => [path, path])),
      '/host': '/',
      '/job': folder,
      '/deploy': 'deploy/slurm',
    };
    const controller = await DebianServer.start(folder, {
      name: 'slurmctld',
      files,
      folders,
      before,
      run: ['/usr/sbin/slurmctld', '-D', '-v'],
      ready: /Running as primary controller/,
    });
    const nodes = new Map<string, DebianServer>();
    const cluster = new SlurmCluster(controller, nodes);
    try {
      for (const name of names)
        nodes.set(
          name,
          await DebianServer.start(folder, {
            name,
            files,
            folders,
            before,
            run: ['/usr/sbin/slurmd', '-D', '-N', name],
            ready: /slurmd started/,
          }),
        );
      await cluster.#until('nodes to be idle', 60, () =>
        cluster.run(['sinfo', '-h', '-o', '%t %D']).text.includes(`idle ${names.length}`),
      );
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** A command of Slurm, where the controller runs. */
  run(words: readonly string[]): RanIn {
    return this.#controller.run(words);
  }

  /** Tasks of an array that are in this state, on that node if one is named. */
  tasks(array: string, state: string, node?: string): readonly string[] {
    const words = ['squeue', '-h', '-r', '-j', array, '-t', state, '-o', '%F_%K'];
    const { exitCode, text } = this.run([...words, ...(node === undefined ? [] : ['-w', node])]);
    if (exitCode !== 0) throw new Error(`squeue: ${text}`);
    return text.split('\n').filter((line) => line !== '');
  }

  async crash(node: string): Promise<void> {
    await this.#nodes.get(node)?.crash();
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes.values()) await node.crash();
    await this.#controller.crash();
  }

  async #until(what: string, seconds: number, holds: () => boolean): Promise<void> {
    for (const limit = performance.now() + seconds * 1000; !holds(); await setTimeout(500))
      if (performance.now() > limit)
        throw new Error(`waited for ${what}: ${this.run(['sinfo']).text}${this.#controller.log}`);
  }
}
