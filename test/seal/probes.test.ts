/** What the loader is to look for on the running machine, by what a profile says. */
import { expect, test } from 'vitest';
import { probesOf } from '../../pipeline/seal/probes.ts';
import { settled } from '../profile/profile-texts.ts';

const array = '0e9bf3e1:6f1b3d37:d1cbd9b3:2c0a9f1e';
const uuid = '7f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
const luks = `stack: [luks], luks: { uuid: ${uuid} }`;
const overlay = 'localOverlay: { max: 64K }';
const nfs = 'target: { kind: nfs, server: 10.0.0.1, export: /srv }';

test.each([
  ['target: { kind: raw, device: PARTLABEL=crash }', ['partlabel crash']],
  ['target: { kind: raw, device: /dev/v-g0/lv, stack: [lvm] }', ['mapper v--g0-lv']],
  ['target: { kind: raw, device: /dev/mapper/v--g0-lv, stack: [md, lvm] }', ['mapper v--g0-lv']],
  [`target: { kind: raw, device: "UUID=${array}", stack: [md] }`, [`array ${array}`]],
  ['target: { kind: filesystem, device: LABEL=crash, stack: [lvm] }', ['fsLabel crash']],
  // Its content is not to be seen while it is closed; the volume itself is.
  [
    `target: { kind: filesystem, device: LABEL=crash, ${luks} }\n${overlay}`,
    [`fsUuid ${uuid} crypto_LUKS`],
  ],
  [
    `target: { kind: raw, device: /dev/mapper/x, ${luks} }\n${overlay}`,
    [`fsUuid ${uuid} crypto_LUKS`],
  ],
  [`${nfs}\nnetwork: { interface: eth0, address: dhcp }`, ['interface eth0']],
  [
    `${nfs}\nnetwork: { address: dhcp, bond: { members: ["MAC=52:54:00:aa:00:01", DRIVER=e1000e] } }`,
    ['mac 52:54:00:aa:00:01 oneOf', 'driver e1000e oneOf'],
  ],
  [`${nfs}\nnetwork: { address: dhcp }`, []],
])('%s', (text, expected) => {
  const said = probesOf(settled(text)).map(({ by, value, type, flags }) =>
    [by, value, type, ...flags.filter((flag) => flag !== 'overwritten')]
      .filter((word) => word !== '')
      .join(' '),
  );
  expect(said).toEqual(expected);
});
