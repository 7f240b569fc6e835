/**
 * The other end of a bond that speaks LACP (IEEE 802.1AX): a Linux of its own, which bonds as many ports and bridges
 * them to QEMU's user network.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guest } from '../../../pipeline/guest/guest.ts';
import type { KernelTree } from '../../../pipeline/guest/kernel-tree.ts';
import { SystemGuest } from '../../../pipeline/guest/system-guest.ts';
import { systemInitramfs } from '../../../pipeline/guest/system-initramfs.ts';
import { words } from '../../../pipeline/units/words.ts';

/** Without a speed and both directions no port takes part in LACP. */
const card = 'virtio-net-pci,speed=1000,duplex=full';

const setUp = (ports: readonly string[]): readonly string[] => [
  // The module has made it.
  'cd /sys/class/net/bond0/bonding && echo 802.3ad >mode && echo 100 >miimon && echo fast >lacp_rate',
  ...ports.map((port) => `echo +${port} >/sys/class/net/bond0/bonding/slaves`),
  `brctl addbr br0 && brctl addif br0 bond0 && brctl addif br0 eth${ports.length}`,
  `for link in eth${ports.length} bond0 br0; do ip link set $link up; done`,
];

export class BondedPartner {
  /** Arguments of QEMU for the one guest whose cards are wired to it: `card0`, `card1` … */
  readonly cards: readonly string[];
  readonly #system: SystemGuest;
  readonly #folder: string;

  private constructor(system: SystemGuest, folder: string, cards: readonly string[]) {
    this.#system = system;
    this.#folder = folder;
    this.cards = cards;
  }

  static async start(
    folder: string,
    kernel: KernelTree,
    macs: readonly string[],
  ): Promise<BondedPartner> {
    const initrd = join(folder, 'partner.cpio');
    const drivers = words`virtio_pci virtio_net bonding bridge`;
    writeFileSync(initrd, systemInitramfs({ kernel, drivers }));
    // Socket paths are limited to 107 bytes: not below the checkout.
    const sockets = mkdtempSync('/tmp/crashseal-bond-');
    const wire = (index: number, server: 'on' | 'off'): string =>
      `stream,id=net${index},server=${server},addr.type=unix,addr.path=${join(sockets, `${index}`)}`;
    try {
      const system = await SystemGuest.start({
        name: 'bonded-partner',
        kernel: kernel.vmlinuz,
        initrd,
        memory: '256M',
        append: 'console=ttyS0',
        extraArgs: [
          ...macs.flatMap(
            (_, index) =>
              words`-netdev ${wire(index, 'on')} -device ${card},netdev=net${index},id=port${index}`,
          ),
          ...words`-netdev user,id=user -device virtio-net-pci,netdev=user`,
        ],
      });
      for (const line of setUp(macs.map((_, index) => `eth${index}`))) await system.mustRun(line);
      const cards = macs.flatMap(
        (mac, index) =>
          words`-netdev ${wire(index, 'off')} -device ${card},netdev=net${index},id=card${index},mac=${mac}`,
      );
      return new BondedPartner(system, sockets, cards);
    } catch (error) {
      rmSync(sockets, { recursive: true, force: true });
      throw error;
    }
  }

  /** What Linux says of the bond once all of its ports are bundled with ports of that machine. */
  async bundledWith(mac: string, ports: number): Promise<string> {
    const bond = '/proc/net/bonding/bond0';
    await this.#system.mustRun(
      `until grep -q "Partner Mac Address: ${mac}" ${bond} && grep -q "Number of ports: ${ports}" ${bond}; do sleep 0.2; done`,
    );
    return this.#system.mustRun(`cat ${bond}`);
  }

  /** As when somebody pulls the cable: neither end has a link any more. */
  async unplug(guest: Guest, index: number): Promise<void> {
    for (const [machine, name] of [
      [this.#system.guest, `port${index}`],
      [guest, `card${index}`],
    ] as const)
      await machine.qmp.execute('set_link', { name, up: false });
  }

  async stop(): Promise<void> {
    await this.#system.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
