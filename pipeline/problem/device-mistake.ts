/** Why the capture kernel can never find a device by this name. */
export type DeviceMistake = { readonly kind: 'udev' };

export function explainDevice(mistake: DeviceMistake): { notes: readonly string[]; hint: string } {
  switch (mistake.kind) {
    case 'udev':
      return {
        notes: ['only udev makes this name, and there is no udev in the capture kernel'],
        hint: 'name the device by PARTUUID=, PARTLABEL=, UUID= or SERIAL= instead',
      };
  }
}
