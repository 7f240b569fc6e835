import { describe, expect, test } from 'vitest';
import { parseProfileFiles } from '../../../pipeline/profile/profile.ts';
import { parseProfileText } from '../../fixtures/profile-text.ts';
import { smallest } from '../profile-texts.ts';

const withoutTarget = smallest.replace(/^target:.*\n/m, '');
const withTargets = (...lines: readonly string[]) =>
  parseProfileText('web.yaml', `${withoutTarget}${lines.join('\n')}\n`);
const problems = (...lines: readonly string[]) => {
  const profile = withTargets(...lines);
  return profile.ok ? [] : profile.problems;
};

test('they come in order of preference, each with its own time and what is wanted there', () => {
  const profile = withTargets(
    'targets:',
    '- { kind: raw, device: /dev/vda, timeout: 30 }',
    '- { kind: raw, device: /dev/vdb, what: dmesg }',
  );
  expect(profile.ok && profile.value.targets).toMatchObject([
    { device: { value: '/dev/vda' }, timeout: 30, what: 'vmcore' },
    { device: { value: '/dev/vdb' }, timeout: 600, what: 'dmesg' },
  ]);
  expect(profile.ok && profile.value.placeOfTarget(1)).toMatchObject({ line: 6 });
});

test('a single one is a list of one', () => {
  const profile = withTargets('target: { kind: raw, device: /dev/vda, timeout: 30 }');
  expect(profile.ok && profile.value.targets).toMatchObject([{ kind: 'raw', timeout: 30 }]);
  expect(profile.ok && profile.value.placeOfTarget(0)).toMatchObject({ line: 4 });
});

describe('refused', () => {
  test('both keys at once, and neither of them', () => {
    expect(
      problems(
        'target: { kind: raw, device: /dev/vda }',
        'targets: [{ kind: raw, device: /dev/vdb }]',
      ),
    ).toMatchObject([{ kind: 'keys-exclude-each-other', place: { line: 5 }, other: { line: 4 } }]);
    expect(problems()).toMatchObject([{ kind: 'missing-key', key: 'target' }]);
    expect(problems('targets: []')).toMatchObject([{ kind: 'wrong-value', key: 'targets' }]);
  });

  test('two that are the same but for their time', () => {
    expect(
      problems(
        'targets:',
        '- { kind: raw, device: /dev/vda }',
        '- { kind: raw, device: /dev/vdb }',
        '- { kind: raw, device: /dev/vda, timeout: 5 }',
      ),
    ).toMatchObject([{ kind: 'same-target-twice', place: { line: 7 }, first: { line: 5 } }]);
  });

  test('mistakes in any of them, each with its place', () => {
    expect(
      problems(
        'targets:',
        '- { kind: raw, device: /dev/vda, timeuot: 5 }',
        '- { kind: tape, device: /dev/vdb }',
        '- { kind: rwa, device: /dev/vdb }',
      ),
    ).toMatchObject([
      { kind: 'unknown-key', key: 'targets.0.timeuot', nearest: 'targets.0.timeout' },
      { kind: 'wrong-value', key: 'targets.1.kind' },
      { kind: 'wrong-value', key: 'targets.2.kind', nearest: 'raw' },
    ]);
    expect(
      problems(
        'targets:',
        '- { kind: raw, device: /dev/vda }',
        '- { kind: raw, device: /dev/null }',
      ),
    ).toMatchObject([{ kind: 'device-useless', key: 'targets.1.device', place: { line: 6 } }]);
  });
});

describe('in a profile that extends another', () => {
  const laid = (base: string, own: string) => {
    const files = new Map(
      Object.entries({
        'base.yaml': `kernel: { from: apt, package: linux-image }\ncrashkernel: 256M\n${base}\n`,
        'web.yaml': `name: web\nextends: base.yaml\n${own}\n`,
      }).map(([file, text]) => [file, new TextEncoder().encode(text)]),
    );
    const profile = parseProfileFiles('web.yaml', files);
    if (!profile.ok) throw new Error(JSON.stringify(profile.problems));
    return profile.value.targets.map((target) => target.kind === 'raw' && target.device.value);
  };

  test('the key that it writes drops the other one', () => {
    const single = 'target: { kind: raw, device: /dev/vda }';
    const list = 'targets: [{ kind: raw, device: /dev/vdb }, { kind: raw, device: /dev/vdc }]';
    expect(laid(single, list)).toEqual(['/dev/vdb', '/dev/vdc']);
    expect(laid(list, single)).toEqual(['/dev/vda']);
    expect(laid(list, '')).toEqual(['/dev/vdb', '/dev/vdc']);
  });
});
