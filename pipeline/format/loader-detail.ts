/**
 * What a failure of the loader is about, more closely than its status says. `detail` in its JSON, docs/loader.md.
 * Names are a promise to scripts; codes live inside the loader only.
 */
import { codeTable } from './code-table.ts';

export const loaderDetails = codeTable({
  none: { code: 0, doc: 'the status says it all' },
  fileMissing: { code: 1, doc: 'there is no such file' },
  fileUnreadable: { code: 2, doc: 'the file cannot be opened, read or written' },
  fileForm: { code: 3, doc: 'the file does not hold what it should' },
  ruleDiffers: { code: 10, doc: 'the file of a match rule says something else' },
  ruleAbsent: { code: 11, doc: 'a match rule wants a file that is not there' },
  rulePresent: { code: 12, doc: 'a match rule wants a file not to be there' },
  deviceMissing: { code: 13, doc: 'the device is not there' },
  deviceOffline: { code: 14, doc: 'the device is there, and not online' },
});
