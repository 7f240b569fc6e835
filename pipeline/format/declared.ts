/** Every layout and code table of the format: what the C header and docs/format.md are made from. */
import type { CodeTable } from './code-table.ts';
import { vmcmd } from './cp-commands.ts';
import { iplCcw, iplEckd, iplFcp, iplNvme, iplTypes } from './ipl-block.ts';
import type { Layout } from './layout.ts';
import * as probe from './probe-layout.ts';
import * as purgatory from './purgatory-layout.ts';
import * as revocation from './revocation-layout.ts';
import { sealParts } from './seal-faults.ts';
import * as seal from './seal-layout.ts';

export const declaredLayouts: readonly Layout[] = [
  seal.sealHeader,
  seal.sealMember,
  seal.sealSegment,
  seal.sealLive,
  seal.sealMatch,
  probe.sealProbe,
  revocation.revocationList,
  revocation.revocationEntry,
  purgatory.purgatoryHead,
  purgatory.purgatoryStep,
  purgatory.purgatoryRegion,
  purgatory.purgatoryFirmware,
];

/** What a machine reads, in its own byte order; C looks at single fields of these. */
export const machineLayouts: readonly Layout[] = [iplCcw, iplFcp, iplNvme, iplEckd, vmcmd];

/**
 * `title` as the docs have it, `cName` as the C enumeration. `cNames`: C has the names too;
 * `cKnown`: C asks whether a code, or a bit, is in the table.
 */
export const declaredCodes: readonly {
  readonly title: string;
  readonly cName: string;
  readonly codes: CodeTable;
  readonly cNames?: boolean;
  readonly cKnown?: 'code' | 'bits';
}[] = [
  { title: 'backends', cName: 'backend', codes: seal.backends, cKnown: 'code' },
  { title: 'seal flags', cName: 'seal_flag', codes: seal.sealFlags, cKnown: 'bits' },
  { title: 'segment flags', cName: 'segment_flag', codes: seal.segmentFlags, cKnown: 'bits' },
  {
    title: 'segment kinds',
    cName: 'segment_kind',
    codes: seal.segmentKinds,
    cNames: true,
    cKnown: 'code',
  },
  { title: 'live forms', cName: 'live_form', codes: seal.liveForms },
  { title: 'probe kinds', cName: 'probe_kind', codes: probe.probeKinds, cKnown: 'code' },
  { title: 'probe names', cName: 'probe_name', codes: probe.probeNames, cKnown: 'code' },
  { title: 'probe flags', cName: 'probe_flag', codes: probe.probeFlags, cKnown: 'bits' },
  { title: 'revocation kinds', cName: 'revocation_kind', codes: revocation.revocationKinds },
  { title: 'consoles', cName: 'console_kind', codes: purgatory.consoles, cKnown: 'code' },
  { title: 'firmware kinds', cName: 'firmware_kind', codes: purgatory.firmwareKinds },
  { title: 'policy steps', cName: 'policy_step', codes: purgatory.policySteps, cKnown: 'code' },
  { title: 'step flags', cName: 'step_flag', codes: purgatory.stepFlags, cKnown: 'bits' },
  { title: 'region flags', cName: 'region_flag', codes: purgatory.regionFlags },
  { title: 'CPU features', cName: 'cpu_feature', codes: purgatory.cpuFeatures, cNames: true },
  { title: 'IPL types', cName: 'ipl_type', codes: iplTypes },
  { title: 'wait codes', cName: 'wait_code', codes: purgatory.waitCodes },
];

/** The docs show these in tables of their own, or by name: the numbers are for C alone. */
export const innerCodes: readonly { readonly cName: string; readonly codes: CodeTable }[] = [
  { cName: 'live_source', codes: seal.liveSources },
  { cName: 'match_kind', codes: seal.matchKinds },
  { cName: 'live_kind', codes: seal.liveKinds },
  { cName: 'live_field', codes: seal.liveFields },
  { cName: 'match_field', codes: seal.matchFields },
  { cName: 'seal_part', codes: sealParts },
  { cName: 'ipl_flag', codes: purgatory.iplFlags },
];
