/**
 * What other programs put on a block device, by which they know it again: superblocks, labels, partition tables.
 * The capture kernel's init looks before it writes. On the running machine udev has looked, which the loader asks.
 */

/** `bytes` in hex, at `offset` from the start of the device; all lie in the windows of device-content.sh. */
export type DeviceSignature = {
  readonly offset: number;
  readonly bytes: string;
  readonly name: string;
};

/** The first that fits tells what it is. */
export const deviceSignatures: readonly DeviceSignature[] = [
  { offset: 512, bytes: '4546492050415254', name: 'a GPT partition table' },
  { offset: 4096, bytes: '4546492050415254', name: 'a GPT partition table' },
  { offset: 1080, bytes: '53ef', name: 'an ext2, ext3 or ext4 file system' },
  { offset: 0, bytes: '58465342', name: 'an XFS file system' },
  { offset: 65600, bytes: '5f42485266535f4d', name: 'a btrfs file system' },
  { offset: 512, bytes: '4c4142454c4f4e45', name: 'an LVM physical volume' },
  { offset: 0, bytes: '4c554b53babe', name: 'a LUKS volume' },
  { offset: 4096, bytes: 'fc4e2ba9', name: 'a member of an md array' },
  { offset: 0, bytes: 'fc4e2ba9', name: 'a member of an md array' },
  { offset: 4086, bytes: '53574150535041434532', name: 'swap space' },
  { offset: 4086, bytes: '535741502d5350414345', name: 'swap space' },
  { offset: 65526, bytes: '53574150535041434532', name: 'swap space' },
  { offset: 1024, bytes: '1020f5f2', name: 'an F2FS file system' },
  { offset: 1024, bytes: 'e2e1f5e0', name: 'an EROFS file system' },
  { offset: 0, bytes: '68737173', name: 'a squashfs file system' },
  { offset: 65588, bytes: '526549734572324673', name: 'a reiserfs file system' },
  { offset: 65588, bytes: '526549734572334673', name: 'a reiserfs file system' },
  { offset: 32768, bytes: '4a465331', name: 'a JFS file system' },
  { offset: 65536, bytes: '01161970', name: 'a GFS2 file system' },
  { offset: 8192, bytes: '4f4346535632', name: 'an OCFS2 file system' },
  { offset: 1030, bytes: '3434', name: 'a NILFS2 file system' },
  { offset: 4120, bytes: 'c68573f64e1a45ca8265f57f48ba6d81', name: 'a bcachefs or bcache device' },
  { offset: 32769, bytes: '4344303031', name: 'an ISO 9660 file system' },
  { offset: 1024, bytes: '482b', name: 'an HFS+ file system' },
  { offset: 0, bytes: '626c756573746f7265', name: 'a Ceph object store' },
  { offset: 32, bytes: '4f52434c4449534b', name: 'an Oracle ASM disk' },
  { offset: 0, bytes: '696e7465677274', name: 'a dm-integrity device' },
  { offset: 0, bytes: '646d76646f303031', name: 'a VDO device' },
  { offset: 516, bytes: '2153747261307469', name: 'a Stratis pool' },
  { offset: 510, bytes: '55aa', name: 'a boot sector or an MBR partition table' },
];
