/** The result of tried bundles as JUnit XML, as CI systems read it: a suite for each bundle, a case for each finding. */
import { explain, type Problem } from '../problem/problem.ts';
import type { Finding } from '../prove/finding.ts';
import type { Proof } from '../prove/proof.ts';
import type { TriedThere } from './try-there.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};
/** XML has no way to write control characters. */
const escaped = (text: string): string =>
  text
    .replace(/[^\x20-\x7e\n\u00a0-\ud7ff\ue000-\ufffd]/g, '?')
    .replace(/[&<>"\n]/g, (character) => entities[character] ?? character);

export function renderJunit(
  proofs: readonly Proof[],
  refused: readonly { readonly path: string; readonly problems: readonly Problem[] }[],
  before: TriedThere['before'] = [],
): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="crashseal test-crash">',
    ...proofs.flatMap(suite),
    ...refused.flatMap(({ path, problems }) => [
      `  <testsuite name="${escaped(path)}" tests="1" failures="0" errors="1" skipped="0">`,
      `    <testcase classname="${escaped(path)}" name="can be tried">`,
      `      <error message="${escaped(problems.map((one) => explain(one).message).join('\n'))}"/>`,
      '    </testcase>',
      '  </testsuite>',
    ]),
    ...before.flatMap(({ outcome, reference, tester }) =>
      suiteOf(reference, undefined, [
        { run: 'tried before', check: 'what a tester attests', outcome, detail: tester },
      ]),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}

const suite = ({ path, findings, seconds }: Proof): readonly string[] =>
  suiteOf(path, seconds, findings);

function suiteOf(
  path: string,
  seconds: number | undefined,
  findings: readonly Finding[],
): readonly string[] {
  const count = (outcome: Finding['outcome']): number =>
    findings.filter((one) => one.outcome === outcome).length;
  const time = seconds === undefined ? '' : ` time="${seconds}"`;
  return [
    `  <testsuite name="${escaped(path)}" tests="${findings.length}" failures="${count('failed')}" errors="0" skipped="${count('not proven')}"${time}>`,
    ...findings.flatMap(({ run, check, outcome, detail }) => {
      const names = `classname="${escaped(`${path} ${run}`)}" name="${escaped(check)}"`;
      if (outcome === 'passed') return [`    <testcase ${names}/>`];
      const element = outcome === 'failed' ? 'failure' : 'skipped';
      return [
        `    <testcase ${names}>`,
        `      <${element} message="${escaped(detail)}"/>`,
        '    </testcase>',
      ];
    }),
    '  </testsuite>',
  ];
}
