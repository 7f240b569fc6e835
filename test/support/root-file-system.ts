/** A system whose root is a disk: what it writes is still in the journal when it panics. */
import { machines } from '../../pipeline/guest/machines/machines.ts';
import { commandLoop, scriptedInit, virtioDisk } from '../../pipeline/guest/system-initramfs.ts';

/** The first disk becomes the root; what the initramfs has goes there. */
export const rootOn = (
  type: string,
): { readonly drivers: readonly string[]; readonly init: string } => ({
  drivers: [...virtioDisk, type],
  init: scriptedInit(`
mkdir /system
mount -t ${type} /dev/vda /system
mkdir -p /system/dev /system/proc /system/sys /system/tmp /system/run /system/var/log
cp -a /bin /sbin /usr /etc /bundle /system/
cat >/system/commands <<'END'
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
${commandLoop(machines.x86_64.port)}
END
printf '#!/bin/sh\\n. /commands\\n' >/system/init
chmod 755 /system/init
mount --move /dev /system/dev
umount /run /tmp /sys /proc
exec switch_root /system /init
`),
});

/** Makes the journal one that must be replayed: what is written last is not on the disk itself yet. */
export const dirtyRoot =
  'sync; for i in $(seq 200); do echo "line $i" >/var/log/$i; done; sync /var/log/200; rm /var/log/1';
