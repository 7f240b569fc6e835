/** Why the capture kernel can never find a device by this name, or must not write to it. */
export type DeviceMistake =
  | { readonly kind: 'udev' }
  /** `layers` are the words of `stack` that put such a device together; for some there is none. */
  | { readonly kind: 'stack'; readonly what: string; readonly layers: readonly string[] }
  /** The name is that of a disk or a partition, and the stack makes something else; `top` is its last layer. */
  | { readonly kind: 'below-stack'; readonly top: string }
  | { readonly kind: 'array-by-path' }
  | { readonly kind: 'no-disk'; readonly what: string }
  | { readonly kind: 'not-plain' }
  | { readonly kind: 'hidden'; readonly whole: string }
  | { readonly kind: 'escaped'; readonly plain: string }
  | { readonly kind: 'not-ascii' }
  | {
      readonly kind: 'too-long';
      readonly length: number;
      readonly maximum: number;
      /** What it is: `a partition label`. */
      readonly what: string;
    }
  | { readonly kind: 'edge-blank' }
  | { readonly kind: 'form'; readonly what: string; readonly forms: readonly string[] }
  | { readonly kind: 'file-system'; readonly of: string };

/** How what a stack makes is named, by its last layer. */
const stackNames: Readonly<Record<string, string>> = {
  lvm: 'name the logical volume: /dev/VG/LV, or the file system on it: UUID= or LABEL=',
  md: 'name the array by the UUID that `mdadm --detail` shows (UUID=xxxxxxxx:xxxxxxxx:xxxxxxxx:xxxxxxxx), or the file system on it: UUID= or LABEL=',
  luks: 'name the opened volume as you like: /dev/mapper/NAME, or the file system on it: UUID= or LABEL=',
};

const byOtherName = 'name the device by PARTUUID=, PARTLABEL=, UUID= or SERIAL= instead';

export function explainDevice(mistake: DeviceMistake): {
  readonly notes: readonly string[];
  readonly hint: string;
} {
  switch (mistake.kind) {
    case 'udev':
      return {
        notes: ['only udev makes this name, and there is no udev in the capture kernel'],
        hint: byOtherName,
      };
    case 'stack':
      return mistake.layers.length > 0
        ? {
            notes: [
              `this is the name of ${mistake.what}, which something must put together in the capture kernel first`,
            ],
            hint: `add ${mistake.layers.map((layer) => `\`stack: [${layer}]\``).join(' or ')} to the target`,
          }
        : {
            notes: [
              `this is the name of ${mistake.what}; the capture kernel cannot put such a device together`,
            ],
            hint: 'give the dump a partition or a disk of its own, and name that',
          };
    case 'below-stack':
      return {
        notes: [
          `\`stack\` ends in ${mistake.top}; this is no name of what ${mistake.top} makes, but of a disk, a partition or something else`,
        ],
        hint: stackNames[mistake.top] ?? byOtherName,
      };
    case 'array-by-path':
      return {
        notes: ['the number and the name of an md array may differ from boot to boot'],
        hint: stackNames.md ?? byOtherName,
      };
    case 'no-disk':
      return {
        notes: [`this is the name of ${mistake.what}; a dump would be lost there`],
        hint: 'name a disk or a partition',
      };
    case 'not-plain':
      return {
        notes: ['the path of a device has no ".", "..", "//" and no "/" at its end'],
        hint: 'write the name as it stands in /dev, such as /dev/vdb',
      };
    case 'hidden':
      return {
        notes: ['this is one path to a disk; the kernel hides it and shows the whole disk'],
        hint: `name the disk: ${mistake.whole}`,
      };
    case 'escaped':
      return {
        notes: ['only udev escapes characters; the kernel has the name as it is'],
        hint: `write ${mistake.plain}`,
      };
    case 'not-ascii':
      return {
        notes: ['the kernel shows other characters than ASCII as something else'],
        hint: 'give the device a name of ASCII characters, or name it by PARTUUID= instead',
      };
    case 'too-long':
      return {
        notes: [
          `it has ${mistake.length} characters; ${mistake.what} has at most ${mistake.maximum}`,
        ],
        hint: 'write the name as `lsblk -o NAME,PARTLABEL,PARTUUID,SERIAL` shows it',
      };
    case 'edge-blank':
      return {
        notes: ['it begins or ends with a blank; the capture kernel looks for it without blanks'],
        hint: 'drop the blanks',
      };
    case 'form':
      return {
        notes: [`${mistake.what} is written ${mistake.forms.join(' or ')}`],
        hint: 'write it as `lsblk -o NAME,PARTUUID,UUID` shows it',
      };
    case 'file-system':
      return {
        notes: [
          `this is the UUID of ${mistake.of} file system, and a file system is never overwritten by a dump`,
        ],
        hint: 'name the partition by PARTUUID= or PARTLABEL=, and wipe the file system: wipefs -a',
      };
  }
}
