import { describe, expect, test } from 'vitest';
import { readOption, type Takes } from '../../pipeline/cli/option.ts';

const one = (takes: Takes, ...given: readonly string[]) =>
  readOption({ name: 'it', value: 'IT', takes, help: '' }, given.length === 0 ? undefined : given);

describe('an option', () => {
  test.each<[Takes, string, unknown]>([
    [{ kind: 'text' }, '', ''],
    [{ kind: 'text', form: /^a+$/ }, 'aa', 'aa'],
    [{ kind: 'path' }, 'a b', 'a b'],
    [{ kind: 'date' }, '2027-01-31', 1_801_353_600],
    [{ kind: 'date' }, '2027-01-31T00:00:01Z', 1_801_353_601],
    [{ kind: 'count', min: 1, max: 12 }, '12', 12],
    [{ kind: 'serial' }, '9007199254740993', 9007199254740993n],
    [{ kind: 'seconds', max: 60 }, '0.5', 0.5],
    [{ kind: 'choice', of: ['a', 'b'] }, 'b', 'b'],
  ])('that takes %j has from "%s" the value %s', (takes, text, value) => {
    expect(one(takes, text)).toEqual({ value });
  });

  test.each<[Takes, string, string]>([
    [{ kind: 'text', form: /^a+$/, what: 'only a' }, 'b', 'only a'],
    [{ kind: 'path' }, '', 'a path'],
    [{ kind: 'date' }, '2027-02-31', 'a date such as 2027-01-31'],
    [{ kind: 'count', min: 1, max: 12 }, '13', 'a whole number from 1 to 12'],
    [{ kind: 'count', min: 1 }, '1.5', 'a whole number from 1'],
    [{ kind: 'count', min: 1 }, '-1', 'a whole number from 1'],
    [{ kind: 'serial' }, '0', 'a whole number from 1'],
    [{ kind: 'seconds', max: 60 }, '0', 'seconds, more than 0 and up to 60'],
    [{ kind: 'seconds', max: 60 }, '1e1', 'seconds, more than 0 and up to 60'],
    [{ kind: 'choice', of: ['a', 'b'] }, 'c', 'one of a, b'],
  ])('that takes %j does not take "%s"', (takes, text, wanted) => {
    expect(one(takes, text)).toEqual({ mistake: `--it takes ${wanted}, not "${text}"` });
  });

  test('has no value when it is not given, or its default', () => {
    expect(one({ kind: 'text' })).toEqual({ value: undefined });
    const spec = { name: 'it', value: 'N', takes: { kind: 'count', min: 1 }, help: '' } as const;
    expect(readOption({ ...spec, default: '3' }, undefined)).toEqual({ value: 3 });
    expect(readOption({ ...spec, repeat: true as const }, undefined)).toEqual({ value: [] });
    expect(readOption({ ...spec, repeat: true as const }, ['1', '2'])).toEqual({ value: [1, 2] });
    expect(readOption(spec, ['1', '2'])).toEqual({ mistake: '--it can be given only once' });
  });

  test('without a value is a switch', () => {
    expect(readOption({ name: 'it', help: '' }, [])).toEqual({ value: true });
    expect(readOption({ name: 'it', help: '' }, undefined)).toEqual({ value: false });
  });
});
