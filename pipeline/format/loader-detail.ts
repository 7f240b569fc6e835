/**
 * What a failure of the loader is about, more closely than its status says. `detail` in its JSON, docs/loader.md.
 * Names are a promise to scripts; codes live inside the loader only. Those of the seal's faults are their own, from 0x100.
 */
import { codeTable } from './code-table.ts';
import { sealFaults } from './seal-faults.ts';

export const loaderDetails = codeTable({
  none: { code: 0, doc: 'the status says it all' },
  fileMissing: { code: 1, doc: 'there is no such file' },
  fileUnreadable: { code: 2, doc: 'the file cannot be opened, read or written' },
  fileForm: { code: 3, doc: 'the file does not hold what it should' },
  fileEmpty: { code: 4, doc: 'the file is empty' },
  fileKind: { code: 5, doc: 'it is no regular file' },
  fileLarge: { code: 6, doc: 'the file is larger than allowed' },
  fileOpen: { code: 7, doc: 'others may read or write the file, or own it' },
  addressHidden: { code: 8, doc: 'the file shows zero instead of an address' },
  numberSmall: { code: 9, doc: 'the number in the file is below the least that the bundle takes' },
  ruleDiffers: { code: 10, doc: 'the file of a match rule says something else' },
  ruleAbsent: { code: 11, doc: 'a match rule wants a file that is not there' },
  rulePresent: { code: 12, doc: 'a match rule wants a file not to be there' },
  deviceMissing: { code: 13, doc: 'the device is not there' },
  deviceOffline: { code: 14, doc: 'the device is there, and not online' },
  overlayNotAllowed: { code: 15, doc: 'the bundle has no room for a local overlay' },
  regionNotAlone: { code: 16, doc: 'there is more than one crash region' },
  regionNotWhole: { code: 17, doc: 'the crash region is not of whole MiB' },
  regionOverlaps: { code: 18, doc: 'the crash region overlaps what is to change places with it' },
  regionLarge: { code: 19, doc: 'the crash region is larger than the first range of System RAM' },
  placeNotAligned: {
    code: 20,
    doc: 'the fixed place of a segment is no multiple of its alignment',
  },
  placeTaken: { code: 21, doc: 'the fixed place of a segment is not free, or too low' },
  tooManyBundles: { code: 22, doc: 'more bundles are named than the loader takes' },
  headerRoom: {
    code: 23,
    doc: 'the kernel wants more room for the ELF core header than is reserved',
  },
  memberName: { code: 24, doc: 'a member of the archive is not the one that the seal lists there' },
  memberSize: { code: 25, doc: 'a member does not have the size that the seal lists' },
  memberCount: { code: 26, doc: 'the archive does not have as many members as the seal lists' },
  ...sealFaults,
});
