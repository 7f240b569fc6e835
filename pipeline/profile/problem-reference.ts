/** Which problems a profile can have, for docs/profile.md. */
import type { ProfileProblem } from '../problem/profile-problem.ts';

export type ProblemKind = ProfileProblem['kind'];

/** tsc names the kind that has no words yet. */
export const problemMeanings: Readonly<Record<ProblemKind, string>> = {
  'no-file': 'The profile, or a file that it extends, is not there.',
  'not-a-file': 'The profile is a FIFO, a device or a folder.',
  'too-large': 'The file is larger than any profile.',
  'extends-too-many': 'The profile extends more files than anyone needs.',
  'second-document': 'The file holds more than one YAML document.',
  'key-twice': 'A key is written twice in one map.',
  'not-text': 'The file is not UTF-8 text.',
  syntax: 'The file is not YAML 1.2.',
  'unsupported-yaml':
    'Aliases, merge keys and numbers with a leading zero, which people and parsers read differently.',
  'not-a-map': 'The top of the file is not a map of keys.',
  'extends-cycle': 'A file extends itself, perhaps by way of others.',
  'unknown-key': 'There is no such key here; a similar one is named.',
  'key-of-other-shape': 'The key belongs to another `from:` or `kind:` than the one chosen.',
  'missing-key': 'A key that must be there is not.',
  'wrong-value': 'The value is not one that the key takes; what it takes is named.',
  crashkernel:
    "The text is not of the kernel's grammar, or the kernel would ignore or misread it without a word.",
  'not-on-arch': 'The architecture does not have what is asked for.',
  'form-needs-word': 'A word that the `kernelForm` needs is removed.',
  'needs-segments': 'The value does not work with `kexec_file_load(2)`.',
  'limit-forbids-rearm':
    'With `limitLoads` the loader cannot arm again, which `hotplug: rearm` asks for.',
  'elf-takes-all':
    '`format: elf` saves the vmcore as it is, so level and compression mean nothing.',
  'own-initramfs':
    'A finished initramfs decides itself what these keys ask for; they would be without effect.',
  'policy-not-final': 'The last step is not final, and then nothing would be decided.',
  'policy-after-final': 'A step comes after a final one and is never reached.',
  'policy-step-twice': 'A step is there twice.',
  'message-without-console': 'The step `message` has no console to write to.',
  'return-in-start-call': 'The step `return` is asked for in the start call, where nobody is left.',
  'wait-code':
    'The code of a disabled wait is no hex number, ends in 0xfff, or already means something else.',
  'ipl-device-count': 'A step `ipl` has no device, or more than one.',
  'ipl-key-without-effect': 'A key of the step `ipl` belongs to another kind of device.',
  'keys-exclude-each-other': 'Two keys say the same thing, and a profile has one of them.',
  'same-target-twice': 'Two targets of the list are one and the same.',
  'recipient-useless': 'The text is no public key that a dump can be encrypted to.',
  'needs-local-overlay':
    'A target needs a file that a bundle must not hold, and no local overlay may bring it.',
  'luks-passphrase':
    'A LUKS volume is to be opened with a passphrase, which takes too much memory.',
  'luks-not-said': 'A stack opens a LUKS volume, and none is named.',
  'luks-not-in-stack': 'A LUKS volume is named, and the stack opens none.',
  'device-useless':
    'The capture kernel can never find a device by this name, or a dump would be lost there.',
  'server-useless':
    'What is said of a server is not what its kind of target takes, or it is a secret.',
  'mount-option':
    'A mount option that init writes itself, or that would keep a dump from being saved.',
  'network-useless':
    'The capture kernel can never have such a network: no interface, address or name could be used as it is written.',
  'bus-id-malformed': 'The text is not `0.S.DDDD`.',
  'bus-id-ssid': 'The subchannel set is not 0 to 3, or not 0 for an FCP device.',
  'wwpn-malformed': 'The port is not `0x` and 16 hex digits, or is all zero, which no port is.',
  'lun-malformed': 'The unit is not `0x` and 16 hex digits.',
  'nvme-number-malformed': 'The PCI function or namespace is not `0x` and 8 hex digits.',
  'boot-record-outside': 'Cylinder, head or record are larger than the block has room for.',
  'text-too-long': 'A load parameter or SCP data are longer than the IPL parameter block has room.',
  'text-characters': 'A load parameter or SCP data have characters that cannot be there.',
  'dumpconf-syntax': 'A line of an imported dumpconf configuration is not a plain assignment.',
  'dumpconf-unknown-setting': 'An imported dumpconf configuration has a setting that is not known.',
  'dumpconf-unsupported': 'A setting of dumpconf has a value that cannot be taken over.',
  'dumpconf-missing': 'A setting of dumpconf that another one needs is missing.',
  'uart-port-unknown': "The console's I/O port is not known by its name.",
  'uart-address-missing': 'The console is a UART in memory, and its address is not said.',
  'own-word': 'The word is written by the loader, or does harm in a capture kernel.',
  'word-against-key': 'A word of the command line would undo what another key asks for.',
  'appended-and-removed': 'The same word is appended and removed.',
  'same-name-twice': 'Two profiles of one build have the same name.',
  'match-tests': 'A rule has no test, or more than one.',
};
