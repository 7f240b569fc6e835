/** Devices made of others: which programs are asked, with what, and how often. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { block, inFolder, shell, sysfs } from './shell.ts';

const disk = (name: string): void => block(name, `pci/${name}`, `DEVNAME=${name}\n`);
/** The programs tell what they were given. */
const grow = (body: string, settings: Readonly<Record<string, string>>): string =>
  shell(
    `dev=${inFolder('dev')}
modprobe() { echo "modprobe $*"; }
mdadm() { echo "mdadm $*"; cat $run/mdadm.conf; }
lvm() { echo "lvm $1 $4 $5 $6 $7" >&3; ${settings.lvm_sees ?? ':'}; ${settings.lvm_answers ?? ':'}; }
cryptsetup() { echo "cryptsetup $*" >&3; ${settings.cryptsetup_answers ?? ':'}; }
exec 3>&1
(${body})`,
    { run: inFolder(), ...settings },
  ).replaceAll(inFolder(), '');

describe('LVM', () => {
  test('makes the volume that is named, and no other', () => {
    disk('vda');
    expect(grow('grow_stack 0', { target_stack: 'lvm', target_lv: 'vg0/crash' })).toBe(
      'modprobe -q dm_mod\nlvm lvchange --sysinit --activate y vg0/crash',
    );
    expect(grow('grow_stack 0', { target_stack: 'lvm' })).toBe(
      'modprobe -q dm_mod\nlvm vgchange --sysinit --activate y',
    );
  });

  test('is asked again only when there is a new disk, and once when no more are expected', () => {
    disk('vda');
    const late = `mkdir -p ${inFolder('sys/class/block/vdb')}`;
    const said = grow(
      `grow_stack 0; grow_stack 0; echo late; ${late}; grow_stack 0; grow_stack 0; echo last; grow_stack 1; grow_stack 1`,
      { target_stack: 'lvm', target_lv: 'vg0/crash' },
    );
    const asked = 'modprobe -q dm_mod\nlvm lvchange --sysinit --activate y vg0/crash';
    expect(said).toBe([asked, 'late', asked, 'last', asked].join('\n'));
  });

  test('says why it could not', () => {
    disk('vda');
    const said = grow('grow_stack 0', {
      target_stack: 'lvm',
      target_lv: 'vg0/crash',
      lvm_answers: 'echo \'  Volume group "vg0" not found\'; false',
    });
    expect(said).toContain('lvm:   Volume group "vg0" not found');
  });
});

describe('md', () => {
  test('starts the array that is named with all of its members, later with fewer, and brings none in line', () => {
    disk('vda');
    block('md127', 'virtual/md127', '');
    sysfs('devices/virtual/md127/md/sync_action', 'resync\n');
    const said = grow(
      `grow_stack 0; grow_stack 1; cat ${inFolder('sys/class/block/md127/md/sync_action')}`,
      {
        target_stack: 'md',
        target_value: '/dev/md127',
        target_md: '1:2:3:4',
      },
    );
    expect(said).toContain('mdadm --quiet --assemble --scan --no-degraded --config=/mdadm.conf');
    expect(said).toContain('mdadm --quiet --assemble --scan --run --config=/mdadm.conf');
    expect(said).toContain('HOMEHOST <ignore>\nARRAY /dev/md127 UUID=1:2:3:4\nAUTO -all');
    expect(said).toMatch(/frozen$/);
  });

  test('takes one apart that has begun to wait for members', () => {
    block('md127', 'virtual/md127', '');
    sysfs('devices/virtual/md127/md/array_state', 'inactive\n');
    const said = grow('grow_stack 1', { target_stack: 'md' });
    expect(said).toContain('mdadm --quiet --stop /dev/md127');
    expect(said).toContain('AUTO +all');
  });
});

describe('a disk that can be pulled out', () => {
  const stick = (name: string): void => {
    disk(name);
    sysfs(`devices/pci/${name}/removable`, '1\n');
    block(`${name}1`, `pci/${name}/${name}1`, `DEVNAME=${name}1\n`);
    sysfs(`devices/pci/${name}/${name}1/partition`, '1\n');
  };
  const seen = (settings: Readonly<Record<string, string>>): string => {
    const said = grow('grow_stack 1', { lvm_sees: 'echo "$3" >&3', ...settings });
    return said.match(/^DEVICE .*|global_filter=.*?]/m)?.[0] ?? said;
  };

  test('is part of no stack', () => {
    disk('vda');
    block('dm-0', 'virtual/dm-0', '');
    block('loop0', 'virtual/loop0', '');
    stick('sdb');
    expect(seen({ target_stack: 'md' })).toBe('DEVICE /dev/dm-0 /dev/vda ');
    expect(seen({ target_stack: 'lvm' })).toBe(
      'global_filter=["a|^/dev/dm-0$|","a|^/dev/vda$|","r|.*|"]',
    );
    expect(shell('left_out', { target_stack: 'md' })).toBe(
      '; not looked at for a part of it, because removable (the profile allows it with target.removable): /dev/sdb',
    );
  });

  test('is one where the profile allows it', () => {
    stick('sdb');
    const allowed = { target_removable: 'yes' };
    expect(seen({ target_stack: 'md', ...allowed })).toBe('DEVICE /dev/sdb /dev/sdb1 ');
    expect(seen({ target_stack: 'lvm', ...allowed })).toBe(
      'global_filter=["a|^/dev/sdb$|","a|^/dev/sdb1$|","r|.*|"]',
    );
    expect(shell('left_out', { target_stack: 'md', ...allowed })).toBe('');
  });

  test('leaves nothing to look at where there is no other', () => {
    stick('sdb');
    expect(seen({ target_stack: 'md' })).toBe('DEVICE /none');
    expect(seen({ target_stack: 'lvm' })).toBe('global_filter=["r|.*|"]');
    expect(shell('left_out')).toBe('');
  });
});

describe('LUKS', () => {
  const uuid = '6f2a1c9e-7d51-4f0a-9b43-1d0c2e8f7a55';
  const header = (name: string, id = uuid): void => {
    disk(name);
    const bytes = Buffer.alloc(4096);
    bytes.write('LUKS', 0);
    bytes.set([0xba, 0xbe], 4);
    bytes.write(id, 168);
    mkdirSync(inFolder('dev'), { recursive: true });
    writeFileSync(inFolder('dev', name), bytes);
  };
  const open = (more: Readonly<Record<string, string>> = {}): string =>
    grow('grow_stack 0', {
      target_stack: 'luks',
      target_luks: uuid,
      target_volume_key: inFolder('key'),
      target_mapping: 'dump',
      ...more,
    });

  test('is opened with the volume key of the local overlay', () => {
    header('vda', uuid.replace('6', '7'));
    header('vdb');
    writeFileSync(inFolder('key'), 'secret');
    expect(open()).toBe(
      'modprobe -q dm_crypt\ncryptsetup open --type luks --disable-keyring --volume-key-file /key /dev/vdb dump',
    );
  });

  test('of two copies none is opened', () => {
    header('vda');
    header('vdb');
    writeFileSync(inFolder('key'), 'secret');
    expect(open()).toBe(
      `several devices have the LUKS volume ${uuid}: /dev/vda /dev/vdb; give the target one that is the only one`,
    );
  });

  test('without the key, or with a wrong one, the target fails with the reason', () => {
    header('vda');
    expect(open()).toBe('the local overlay has no /key, which opens the LUKS volume');
    writeFileSync(inFolder('key'), 'wrong');
    expect(
      open({ cryptsetup_answers: 'echo "Volume key does not match the volume."; false' }),
    ).toContain(
      'the LUKS volume on /dev/vda cannot be opened: Volume key does not match the volume.',
    );
  });
});
