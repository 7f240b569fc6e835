/** What a profile chose of what its architecture offers (profile-rules.ts). */
export type CaptureChoices = {
  readonly kernelForm: string;
  readonly machineLevel: string | undefined;
  readonly memoryMap: string;
  readonly elfcorehdr: 'passed' | 'elf32' | 'none';
  readonly backend: 'segments' | 'file' | 'auto';
  readonly hotplug: 'rearm' | 'kernel';
  /** A finished initramfs decides itself what it saves, and how. */
  readonly initramfs: { readonly kind: 'composed' | 'file' };
  readonly dump: { readonly format: 'kdump' | 'elf' };
  readonly limits: {
    /** Bytes for the device tree; undefined: as many as machines usually need. */
    readonly deviceTree?: bigint;
  };
};
