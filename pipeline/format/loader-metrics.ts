/**
 * What `crashseal-load --prometheus` writes, all of them gauges: the name after `crashseal_`, and the HELP line. The
 * loader has every word of it in its budget.
 */
export const metricPrefix = 'crashseal_';

export const loaderMetrics = {
  status: 'Exit status of --status, 0 if a dump would arrive.',
  armed: '1 if a capture kernel is armed.',
  crash_region_bytes: 'Memory reserved for it.',
  crash_region_needed_bytes: 'Memory that the installed bundle needs.',
  next_load_refused: '1 if the installed bundle would be refused now.',
  last_load_refused: '1 if a load was refused since it was armed.',
  armed_time_seconds: 'When it was armed.',
  bundle_end_time_seconds: 'When the armed bundle ends.',
  certificate_end_time_seconds: 'When the first of its certificates ends.',
  outdated: '1 if the installed bundle is another one.',
  fallback_armed: '1 if what is armed stands in for a refused bundle.',
  bundle_info: 'What is armed.',
  target_usable: '0 if something speaks against the dump target.',
} as const;
