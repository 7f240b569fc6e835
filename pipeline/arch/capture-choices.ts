/** What a profile chose of what its architecture offers (profile-rules.ts). */
export type CaptureChoices = {
  readonly kernelForm: string;
  readonly machineLevel: string | undefined;
  readonly memoryMap: string;
  readonly elfcorehdr: 'passed' | 'elf32' | 'none';
  readonly backend: 'segments' | 'file' | 'auto';
  readonly hotplug: 'rearm' | 'kernel';
  readonly limits: {
    /** Bytes for the device tree; undefined: as many as machines usually need. */
    readonly deviceTree?: bigint;
  };
};
