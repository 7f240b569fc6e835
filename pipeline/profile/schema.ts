/**
 * What a profile may say, key by key. From this come the check, docs/profile.schema.json for editors
 * and the tables of docs/profile.md, so every key carries its description.
 * An `error` is a noun phrase: what the key takes, for "it takes ...".
 */

import { z } from 'zod';
import { archNames, kernelForms, machineLevels, memoryMaps } from '../arch/arch.ts';
import { firstOnEach, meanings, onEach, onlyOn, those } from '../arch/in-words.ts';
import type { PolicyStep } from '../arch/policy-step.ts';
import { choice, loose, path, port, shape, text, whole, word } from '../schema/takes.ts';
import { targetSchema } from '../targets/targets.ts';
import { readDate } from '../units/time.ts';

const kernel = z
  .discriminatedUnion(
    'from',
    [
      z.strictObject({
        from: shape('apt'),
        package: text('a package name such as linux-image-amd64', /^[a-z0-9][a-z0-9+.-]+$/).meta({
          description:
            'Kernel package. A metapackage such as `linux-image-amd64` is followed to the image it stands for.',
          examples: ['linux-image-amd64'],
        }),
        version: text('a package version such as 6.1.176-1', /^[0-9][A-Za-z0-9.+~:-]*$/)
          .optional()
          .meta({
            description: 'Package version.',
            defaultText: 'the newest that apt offers, pinned by `crashseal.lock`',
            examples: ['6.1.176-1'],
          }),
      }),
      z.strictObject({
        from: shape('deb'),
        path: path('a .deb file').meta({
          description: 'Kernel package as a file.',
          examples: ['packages/linux-image-6.1.0-53-amd64.deb'],
        }),
      }),
      z.strictObject({
        from: shape('installed'),
        release: text('a kernel release as `uname -r` prints it', /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/)
          .optional()
          .meta({
            description: 'Release to take from `/boot` and `/lib/modules`.',
            defaultText: 'the one that is running',
            examples: ['6.1.0-53-amd64'],
          }),
        root: path('a folder').default('/').meta({
          description: 'Root of the system to take it from.',
        }),
      }),
      z.strictObject({
        from: shape('files'),
        image: path('a kernel image').meta({
          description: 'Kernel image: a bzImage on x86_64, the flat image on s390x.',
          examples: ['build/bzImage'],
        }),
        config: path('a kernel configuration')
          .optional()
          .meta({
            description:
              'Its configuration. Without one, missing options are found only when the machine crashes.',
            examples: ['build/.config'],
          }),
        modules: path('a modules folder')
          .optional()
          .meta({
            description: 'Its modules: the folder that holds `kernel/` and `modules.builtin`.',
            examples: ['build/modules/lib/modules/6.12.9'],
          }),
      }),
    ],
    { error: 'a map with `from: apt`, `deb`, `installed` or `files`' },
  )
  .meta({
    description: 'Where the capture kernel and its modules come from.',
    examples: [{ from: 'apt', package: 'linux-image-amd64' }],
  });

const initramfs = z
  .discriminatedUnion(
    'from',
    [
      z.strictObject({
        from: shape('composed'),
        compression: choice(['none', 'zstd', 'xz', 'gzip']).default('zstd').meta({
          description:
            'Compression of the base part. The capture kernel must be able to unpack it (`CONFIG_RD_ZSTD` …).',
        }),
        drivers: z
          .array(text('a module name such as virtio_blk, or `storage`', /^[A-Za-z0-9_-]+\??$/), {
            error: 'a list of module names',
          })
          .optional()
          .meta({
            description:
              'Kernel modules that the dump target needs; what they need themselves is added. `storage` stands for every block driver of the kernel package. Built-in drivers may be named. With a `?` behind (`ahci?`) a driver is left out where the kernel does not have it.',
            defaultText: onEach((rules) => `\`[${rules.drivers.join(', ')}]\``),
            examples: [['virtio_pci', 'virtio_blk']],
          }),
      }),
      z.strictObject({
        from: shape('file'),
        path: path('an initramfs').meta({
          description:
            'A finished initramfs, taken as it is. It decides itself what to save, how, and what to do afterwards.',
          examples: ['/boot/initrd.img-6.1.0-53-amd64kdump'],
        }),
      }),
    ],
    { error: 'a map with `from: composed` or `file`' },
  )
  .prefault({ from: 'composed' })
  .meta({ description: 'The initramfs that saves the dump.' });

const tools = z
  .discriminatedUnion(
    'from',
    [
      z.strictObject({ from: shape('apt') }),
      z.strictObject({
        from: shape('debs'),
        paths: z
          .array(path('a .deb file'), { error: 'a list of .deb files' })
          .min(1, { error: 'a list of .deb files' })
          .meta({
            description: 'Packages that hold busybox, makedumpfile and every library they need.',
            examples: [['busybox-static.deb', 'makedumpfile.deb', 'libc6.deb']],
          }),
      }),
      z.strictObject({
        from: shape('installed'),
        root: path('a folder').default('/').meta({
          description: 'Root of the system to take them from.',
        }),
      }),
    ],
    { error: 'a map with `from: apt`, `debs` or `installed`' },
  )
  .prefault({ from: 'apt' })
  .meta({
    description: "Where busybox and makedumpfile come from, for the profile's architecture.",
  });

const crashkernelText = () => text('text such as "256M"', /^\S+$/);
const crashkernel = z
  .union(
    [
      crashkernelText(),
      z
        .array(crashkernelText(), { error: 'a list of texts such as "256M,high"' })
        .min(1, { error: 'at least one text such as "256M"' }),
    ],
    { error: 'text such as "256M", or a list of such' },
  )
  .meta({
    description:
      'What the system kernel reserves: the text behind `crashkernel=`, or a list with one text for each such option. All forms of the kernel: `SIZE[@OFFSET]`, `START-[END]:SIZE[,…][@OFFSET]`, `SIZE,high`, `SIZE,low`. The bundle must fit the smallest region these can give.',
    examples: ['256M', '2G-16G:192M,16G-:256M', ['512M,high', '128M,low']],
  });

const limits = z
  .strictObject(
    {
      cpus: whole(1, 8192).default(512).meta({
        description: 'CPUs that the machine may have; each takes 56 bytes of the ELF core header.',
      }),
      memoryRanges: whole(1, 4096).default(128).meta({
        description: 'Ranges of System RAM that the machine may have, hot-plugged ones included.',
      }),
    },
    { error: 'a map' },
  )
  .prefault({})
  .meta({
    description:
      'Slots of the ELF core header template. A machine with more is refused when it loads the bundle.',
  });

const commandLine = z
  .strictObject(
    {
      inherit: text("a kernel command line, such as the system kernel's")
        .optional()
        .meta({
          description:
            "A command line to inherit words from, usually the system kernel's. Words that must not reach a capture kernel are left out.",
          defaultText: 'nothing is inherited',
          examples: ['root=/dev/vda1 ro intel_iommu=on'],
        }),
      append: z
        .array(word('a word such as `irqpoll` or `name="a b"`'), { error: 'a list of words' })
        .default([])
        .meta({
          description: 'Words behind our own defaults; a later word wins over an earlier one.',
          examples: [['irqpoll', 'mce=off']],
        }),
      remove: z
        .array(word('a word such as `quiet`, or `name=`'), { error: 'a list of words' })
        .default([])
        .meta({
          description:
            'Words dropped from what is inherited and from our defaults. `name=` drops it with every value.',
          examples: [['quiet', 'hugepages=']],
        }),
    },
    { error: 'a map' },
  )
  .prefault({})
  .meta({
    description:
      "The capture kernel's command line: sane defaults for the architecture, plus what stands here.",
  });

const dump = z
  .strictObject(
    {
      level: whole(0, 31)
        .optional()
        .meta({
          description:
            "makedumpfile's dump level, a sum of what to leave out: 1 zero pages, 2 and 4 page cache, 8 user memory, 16 free pages.",
          defaultText: '31; 0 with `format: elf`',
          examples: [31],
        }),
      format: choice(['kdump', 'elf']).default('kdump').meta({
        description:
          "`kdump`: makedumpfile's compressed format, flattened on a raw device. `elf`: the vmcore as it is.",
      }),
      compression: choice(['zlib', 'lzo', 'snappy', 'zstd', 'none'])
        .optional()
        .meta({
          description:
            "Compression of pages. Debian's makedumpfile has `zlib` and `lzo`; `snappy` and `zstd` need one that was built with them.",
          defaultText: '`lzo`; `none` with `format: elf`',
          examples: ['zlib'],
        }),
    },
    { error: 'a map' },
  )
  .prefault({})
  .meta({ description: 'What is saved, and how.' });

const action = () => choice(['reboot', 'poweroff', 'halt', 'shell']);

const busId = () =>
  loose('a bus id such as 0.0.4711').meta({
    description: 'Bus id of the device, `0.S.DDDD`.',
    examples: ['0.0.4711'],
  });
const bootprog = () =>
  whole(0, 0xffffffff).default(0).meta({ description: "Program of the disk's boot menu." });
const brLba = () =>
  whole(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: "Block of the disk's boot record." });
const hexNumber = (what: string, example: string) =>
  loose(`${what} such as "${example}", in quotes`);

const stepMeanings: Readonly<Record<PolicyStep['kind'], string>> = {
  message: 'say which region on the console',
  pvpanic: 'tell the hypervisor',
  reset: 'reset the machine; final',
  halt: 'stop, for a watchdog or an operator; final',
  return:
    'hand back to the crashed kernel, which runs its own `on_panic` action, in the check call',
  ipl: 'IPL a stand-alone dump tool; final, where that fails a disabled wait says so',
  wait: 'load a disabled wait PSW; final',
};

const call = () =>
  choice(['check', 'start', 'both'])
    .optional()
    .meta({
      description: `${those((rules) => rules.policyCalls.length > 1)}: in which of the two calls the step is taken: the crashed kernel asks whether the image is good (\`check\`), or has handed over (\`start\`).`,
      defaultText: '`both`; `check` for `return`',
      examples: ['start'],
    });

const iplFrom = z.union(
  [
    choice(['dump', 'reipl']),
    z.strictObject({
      scsi: text('a SCSI device as H:C:T:L, such as "0:0:0:0"', /^\d+:\d+:\d+:\d+$/).meta({
        description: 'SCSI device whose adapter, port and unit are read, as `H:C:T:L`.',
        examples: ['0:0:0:0'],
      }),
      bootprog: bootprog(),
      brLba: brLba(),
    }),
    z.strictObject({
      block: text('a disk such as sda', /^[a-z][a-z0-9]*$/).meta({
        description: 'Disk whose adapter, port and unit are read.',
        examples: ['sda'],
      }),
      bootprog: bootprog(),
      brLba: brLba(),
    }),
  ],
  { error: '`dump`, `reipl`, or a map with `scsi` or `block`' },
);

const iplStep = z.strictObject({
  step: shape('ipl'),
  ccw: busId()
    .optional()
    .meta({
      description: 'Bus id of a channel-attached device (DASD, tape, virtio) with the dump tool.',
      examples: ['0.0.4711'],
    }),
  fcp: z
    .strictObject(
      {
        device: busId(),
        wwpn: hexNumber('a port', '0x500507630300c562').meta({
          description: 'Port, as sysfs prints it.',
          examples: ['0x500507630300c562'],
        }),
        lun: hexNumber('a unit', '0x4010401100000000').meta({
          description: 'FCP LUN, as sysfs prints it.',
          examples: ['0x4010401100000000'],
        }),
        bootprog: bootprog(),
        brLba: brLba(),
      },
      { error: 'a map with `device`, `wwpn` and `lun`' },
    )
    .optional()
    .meta({
      description: 'FCP disk with the dump tool.',
      examples: [{ device: '0.0.1900', wwpn: '0x500507630300c562', lun: '0x4010401100000000' }],
    }),
  eckd: z
    .strictObject(
      {
        device: busId(),
        bootprog: bootprog(),
        brChr: text(
          '`auto`, or cylinder, head and record such as "0,1,4"',
          /^(auto|\d{1,5},\d{1,3},\d{1,3})$/,
        )
          .default('auto')
          .meta({ description: "Place of the disk's boot record: cylinder, head and record." }),
      },
      { error: 'a map with `device`' },
    )
    .optional()
    .meta({
      description: 'DASD with a list-directed dump tool (needs Linux 6.2 or newer tools).',
      examples: [{ device: '0.0.4711' }],
    }),
  nvme: z
    .strictObject(
      {
        fid: hexNumber('a PCI function', '0x00000300').meta({
          description: 'PCI function, in hex.',
          examples: ['0x00000300'],
        }),
        nsid: hexNumber('a namespace', '0x00000001').meta({
          description: 'Namespace, in hex.',
          examples: ['0x00000001'],
        }),
        bootprog: bootprog(),
        brLba: brLba(),
      },
      { error: 'a map with `fid` and `nsid`' },
    )
    .optional()
    .meta({
      description: 'NVMe disk with the dump tool.',
      examples: [{ fid: '0x00000300', nsid: '0x00000001' }],
    }),
  from: iplFrom.optional().meta({
    description:
      'The machine names the device: what `/sys/firmware/dump` or `/sys/firmware/reipl` says, or the FCP path of a SCSI device (`scsi`) or disk (`block`). Read when the bundle is loaded, so load it again when it changes.',
    examples: ['dump', { scsi: '0:0:0:0' }, { block: 'sda' }],
  }),
  type: choice(['ccw', 'fcp'])
    .optional()
    .meta({
      description: 'With `from: dump` or `reipl`: the type it has to be; another is refused.',
      defaultText: '`ccw`',
      examples: ['fcp'],
    }),
  loadparm: z
    .string({ error: 'text of at most 8 characters' })
    .optional()
    .meta({
      description: 'Load parameter for the dump tool: letters, digits, ".", blanks.',
      examples: ['DUMP'],
    }),
  scpData: z
    .string({ error: 'text' })
    .optional()
    .meta({
      description: "Text that is appended to the dump tool's kernel command line; not with `ccw`.",
      examples: ['dump_mem=4G'],
    }),
  delay: text('a time such as 30s or 5m, at most a day', /^(0|[1-9]\d{0,4})[sm]$/)
    .refine((value) => Number.parseInt(value, 10) * (value.endsWith('m') ? 60 : 1) <= 86_400, {
      error: 'a time such as 30s or 5m, at most a day',
    })
    .default('0s')
    .meta({
      description:
        'How long to wait before the IPL, so that a panic at every start is no fast loop.',
      examples: ['5m'],
    }),
  in: call(),
});

const onCorruption = z
  .array(
    z.union(
      [
        choice(['message', 'pvpanic', 'reset', 'halt', 'return', 'wait']),
        z.discriminatedUnion(
          'step',
          [
            z.strictObject({
              step: shape('pvpanic'),
              port: port()
                .optional()
                .meta({
                  description: 'I/O port of the device.',
                  defaultText: '0x505',
                  examples: ['0x505'],
                }),
            }),
            z.strictObject({ step: shape('message'), in: call() }),
            z.strictObject({ step: shape('return'), in: call() }),
            z.strictObject({
              step: shape('wait'),
              code: loose('a PSW address such as "0xd0d0"')
                .optional()
                .meta({
                  description: 'Address in the PSW, in hex: what the operator sees.',
                  defaultText: 'what purgatory found, docs/purgatory.md',
                  examples: ['0xd0d0'],
                }),
              in: call(),
            }),
            iplStep,
          ],
          { error: 'a map with `step: ipl`, `wait`, `return`, `message` or `pvpanic`' },
        ),
      ],
      {
        error:
          'one of message, pvpanic, reset, halt, return, wait, or a map such as { step: ipl, ccw: 0.0.4711 }',
      },
    ),
    { error: 'a list of steps such as [message, reset]' },
  )
  .min(1, { error: 'at least one step; the last is final' })
  .max(8, { error: 'at most 8 steps' })
  .optional()
  .meta({
    description: [
      'What purgatory does, in this order, when a digest is wrong after the panic.',
      ...Object.entries(stepMeanings).map(
        ([step, meaning]) =>
          `\`${step}\`: ${meaning}${onlyOn((rules) => rules.policySteps.includes(step as PolicyStep['kind']))}.`,
      ),
    ].join(' '),
    defaultText: `${onEach((rules) => `\`[${['message', ...rules.defaultPolicy.map(({ kind }) => kind)].join(', ')}]\``)}; no \`message\` without a console`,
    examples: [
      ['message', 'pvpanic', 'reset'],
      [{ step: 'pvpanic', port: '0x505' }, 'halt'],
      ['message', 'return', { step: 'ipl', ccw: '0.0.4711', delay: '5m' }],
    ],
  });

const match = z
  .array(
    z.strictObject(
      {
        file: text(
          'the absolute path of a file, without `..`',
          /^(?!.*(?:^|\/)\.\.(?:\/|$))\/?[^\s/][^\n]*$/,
        ).meta({
          description: 'File of the machine; its first line is looked at.',
          examples: ['/sys/class/dmi/id/product_name'],
        }),
        equals: text('one line of text')
          .optional()
          .meta({
            description: 'The first line is exactly this.',
            examples: ['PowerEdge R760'],
          }),
        prefix: text('one line of text')
          .optional()
          .meta({
            description: 'The first line starts with this.',
            examples: ['PowerEdge'],
          }),
        exists: z
          .boolean({ error: '`true` or `false`' })
          .optional()
          .meta({
            description: 'The file is there, or is not.',
            examples: [true],
          }),
      },
      { error: 'a map with `file` and one of `equals`, `prefix`, `exists`' },
    ),
    { error: 'a list of rules' },
  )
  .max(64, { error: 'at most 64 rules' })
  .default([])
  .meta({
    description:
      'What must be true of a machine; the loader refuses the bundle anywhere else. All rules must hold.',
    examples: [[{ file: '/sys/class/dmi/id/sys_vendor', equals: 'QEMU' }]],
  });

const systemKernel = z
  .strictObject(
    {
      release: text(
        'a kernel release such as 6.12.48-amd64, or its start and `*`',
        /^(?!\*)[!-~]+$/,
      )
        .optional()
        .meta({
          description: 'What `uname -r` says; with `*` at the end, what it starts with.',
          examples: ['6.12.*'],
        }),
      buildId: text('a GNU build id, 40 lower-case hex digits', /^[0-9a-f]{40}$/)
        .optional()
        .meta({
          description: 'The build id in `/sys/kernel/notes`.',
          examples: ['5b0e2c1f7a7f4d0c8a1d5b0e2c1f7a7f4d0c8a1d'],
        }),
    },
    { error: 'a map with `release`, `buildId` or both' },
  )
  .default({})
  .meta({
    description:
      'Which kernel must be running, the one that may panic; the loader refuses the bundle under any other. Without it any kernel is taken.',
    examples: [{ release: '6.12.*' }],
  });

const consoleMeanings = {
  uart: 'a UART',
  sclp: "the operator's console (`sclp`, or a map with the capture kernel's `device` there, such as ttyS1)",
};

const consoleDevice = z
  .union(
    [
      choice(['none', 'sclp']),
      z.strictObject({
        device: text('a console name such as ttyS0', /^[A-Za-z][A-Za-z0-9]*$/).meta({
          description: "The capture kernel's name for it.",
          examples: ['ttyS0'],
        }),
        port: port()
          .optional()
          .meta({
            description: 'I/O port of the 16550 UART, which purgatory writes to itself.',
            defaultText: 'known for ttyS0 to ttyS3',
            examples: ['0x3f8'],
          }),
        baud: z
          .union(
            [115200, 57600, 38400, 19200, 9600].map((rate) => z.literal(rate)),
            {
              error: 'one of 115200, 57600, 38400, 19200, 9600',
            },
          )
          .optional()
          .meta({ description: 'Speed of the UART.', defaultText: '115200', examples: [115200] }),
      }),
    ],
    { error: '`none`, `sclp`, or a map with `device`' },
  )
  .default('none')
  .meta({
    description: `Console of purgatory and of the capture kernel: ${onEach(({ consoles }) => consoles.map((kind) => consoleMeanings[kind]).join(' or '))}.`,
    examples: [{ device: 'ttyS0' }, 'sclp'],
  });

export const profileSchema = z
  .strictObject(
    {
      name: text(
        'a name of at most 63 lower-case letters, digits, ".", "_" and "-"',
        /^[a-z0-9][a-z0-9._-]{0,62}$/,
      ).meta({
        description: 'Name of the profile: in file names, in the seal and in messages.',
        examples: ['cloud-guest'],
      }),
      extends: z
        .union([path('a profile'), z.array(path('a profile'), { error: 'a list of paths' })], {
          error: 'the path of a profile, or a list of them',
        })
        .optional()
        .meta({
          description:
            'Files whose settings are shared; a later one wins over an earlier one, this file over all.',
          examples: ['common.yaml'],
        }),
      arch: choice(archNames).default(archNames[0]).meta({
        description: 'Architecture of the machine; the build machine may have another.',
      }),
      kernel,
      kernelForm: choice(kernelForms)
        .optional()
        .meta({
          description: `How the capture kernel is packed and entered. ${meanings((rules) => rules.kernelForms)}`,
          defaultText: `${firstOnEach((rules) => rules.kernelForms)}; where it cannot be, the next one of the architecture`,
          examples: ['compressed'],
        }),
      machineLevel: choice(machineLevels)
        .optional()
        .meta({
          description: `${those((rules) => rules.machineLevels.length > 0)}: the oldest machine that may load the bundle. A kernel whose configuration says that it was built for a newer one is refused.`,
          defaultText: 'any',
          examples: ['z14'],
        }),
      initramfs,
      tools,
      crashkernel,
      limits,
      commandLine,
      target: targetSchema,
      dump,
      finalAction: action().default('reboot').meta({
        description: 'What the capture kernel does after the dump is saved.',
      }),
      failureAction: action().default('reboot').meta({
        description: 'What it does when the dump cannot be saved.',
      }),
      onCorruption,
      testing: z
        .boolean({ error: '`true` or `false`' })
        .default(false)
        .meta({
          description: `${those((rules) => rules.testing)}: **never for production.** Purgatory may IPL by DIAG 308 subcode 3, the only one that QEMU has; on a real machine that clears the memory that was to be dumped.`,
        }),
      memoryMap: choice(memoryMaps)
        .optional()
        .meta({
          description: `How the capture kernel learns which memory it may use. ${meanings((rules) => rules.memoryMaps)}`,
          defaultText: firstOnEach((rules) => rules.memoryMaps),
          examples: ['memmap'],
        }),
      elfcorehdr: choice(['passed', 'none'])
        .optional()
        .meta({
          description: `Whether the capture kernel is handed an ELF core header. \`none\`: it makes its own${onlyOn((rules) => rules.elfcorehdr.includes('none'))}; only old ones there take one.`,
          defaultText: firstOnEach((rules) => rules.elfcorehdr),
          examples: ['passed'],
        }),
      backend: choice(['segments', 'file', 'auto']).default('segments').meta({
        description:
          '`segments`: `kexec_load(2)`, with every guarantee of the seal. `file`: `kexec_file_load(2)`, where lockdown allows nothing else; the kernel then brings its own purgatory. `auto`: segments, or file where the kernel forbids segments.',
      }),
      hotplug: choice(['rearm', 'kernel'])
        .optional()
        .meta({
          description:
            'Who brings the ELF core header up to date when CPUs or memory come or go. `rearm`: the loader, which the shipped udev rule runs again; the header stays checked after the panic. `kernel`: the running kernel, where it can (Linux 6.6 with `CONFIG_CRASH_HOTPLUG`); then the header takes 1 MiB and is not checked, and elsewhere it is as with `rearm`.',
          defaultText: '`rearm`',
          examples: ['kernel'],
        }),
      localOverlay: z
        .strictObject(
          {
            max: text(
              'a size from 4K to 1M such as "64K"',
              /^([4-9]|[1-9][0-9]{1,2}|10[01][0-9]|102[0-4])K$|^1M$/,
            ).meta({
              description:
                'The most that it may have. The bundle is larger by as much, and so is what purgatory checks.',
              examples: ['64K'],
            }),
          },
          { error: 'a map with `max`' },
        )
        .optional()
        .meta({
          description:
            'Allows `crashseal-load --overlay FILE`: an archive of the machine itself, unpacked over the initramfs, for what a bundle must not hold, such as a key. It is not signed; its SHA-256 is reported, and purgatory checks it.',
          defaultText: 'not allowed',
          examples: [{ max: '64K' }],
        }),
      match,
      systemKernel,
      epoch: whole(0, Number.MAX_SAFE_INTEGER).default(0).meta({
        description:
          "Counts up when older bundles must not be loaded any more; compared with the machine's floor.",
      }),
      notAfter: text(
        'a date such as "2027-12-31", a time such as "2027-12-31T18:00:00Z", or `never`',
        /^(never|\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?)$/,
      )
        .refine((value) => notAfterSeconds(value) !== null, { error: 'a date of the calendar' })
        .default('never')
        .meta({
          description:
            'The last moment at which the bundle may be loaded. A date lasts to its end, in UTC.',
          examples: ['2027-12-31'],
        }),
      console: consoleDevice,
    },
    { error: 'a map' },
  )
  .meta({ title: 'crashseal profile' });

export type ProfileInput = z.output<typeof profileSchema>;

/** Undefined for `never`, null for what is no date. */
export function notAfterSeconds(value: string): number | undefined | null {
  return value === 'never' ? undefined : (readDate(value, 'end') ?? null);
}
