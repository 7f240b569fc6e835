/** How a raw device is divided, and which part of it the next dump gets. */
import { describe, expect, test } from 'vitest';
import { device, deviceSize, inFolder, shell } from './shell.ts';

const numbers = (size: number, slots: number, slot: number): readonly number[] =>
  shell(
    `slots=${slots}; lay_out ${size} ${slots}; lay_slot ${slot}
echo $slot_at $room $log_at $marker_at $ledger_at $label_at`,
  )
    .split(' ')
    .map(Number);

describe('the parts of a device', () => {
  test('with one slot the marker is at its end, as it always was', () => {
    const end = deviceSize;
    expect(numbers(deviceSize, 1, 1)).toEqual([
      0,
      deviceSize - 4096 - 65536 - 262144 - ((deviceSize - 4096 - 65536 - 262144) % 65536),
      end - 4096 - 65536 - 262144,
      end - 4096,
      end - 4096 - 65536,
      end - 4096,
    ]);
  });

  test.each([
    [deviceSize, 4],
    [deviceSize + 512, 3],
    [deviceSize + 4096 - 512, 7],
    [2 ** 41 + 512, 64],
  ])(
    'of %i bytes and %i slots lie one after the other, each a whole number of blocks',
    (size, slots) => {
      let end = 0;
      let ledger = 0;
      for (let slot = 1; slot <= Math.min(slots, 7); slot++) {
        const [at = 0, room = 0, log = 0, marker = 0, ledgerAt = 0, label = 0] = numbers(
          size,
          slots,
          slot,
        );
        expect(at).toBe(end);
        expect(room).toBeGreaterThan(65536);
        expect(at + room).toBeLessThanOrEqual(log);
        expect(log + 262144).toBe(marker);
        end = marker + 4096;
        ledger = ledgerAt;
        expect([at % 4096, log % 4096, marker % 4096, ledgerAt % 512]).toEqual([0, 0, 0, 0]);
        expect(ledgerAt + 65536).toBe(label);
        expect(label + 4096).toBe(size - (size % 512));
      }
      expect(end).toBeLessThanOrEqual(ledger);
    },
  );
});

/** The slot that the next dump gets, and what became of the others. `states` are `STATE@STARTED`. */
const chosen = (states: readonly string[], uncollected: string, then = ''): string => {
  const path = device();
  const put = states.map((one, index) => {
    const [state = '', started = ''] = one.split('@');
    return state === ''
      ? ''
      : `lay_slot ${index + 1}; printf 'crashseal-dump 1\nstate=${state}\nstarted=${started}\n' >"$run/r"; write_record "$run/r" "$marker_at"`;
  });
  return shell(
    `device=${path}; slots=${states.length}; lay_out ${deviceSize} "$slots"
${put.join('\n')}
choose_slot && echo "$slot"
${then}`,
    { target_uncollected: uncollected, previous: inFolder('none') },
  );
};

describe('the slot for the next dump', () => {
  test.each([
    ['the first that is free', ['complete@1', '', ''], 'keep', '2'],
    ['one that was collected', ['complete@1', 'collected@2', 'complete@3'], 'keep', '2'],
    ['one that made room', ['complete@5', 'replaced@2'], 'replace-oldest', '2'],
    ['a free one rather than what was cut short', ['writing@1', 'blank@'], 'keep', '2'],
    [
      'what was cut short rather than a whole dump',
      ['complete@1', 'failed@3', 'writing@2'],
      'replace',
      '3',
    ],
    ['none, where all hold a dump', ['complete@1', 'complete@2'], 'keep', ''],
    [
      'the oldest, where that may be lost',
      ['complete@20', 'complete@9', 'complete@30'],
      'replace',
      '2',
    ],
    [
      'the oldest, where nobody made room in time',
      ['complete@20', 'complete@9'],
      'replace-oldest',
      '2',
    ],
  ])('is %s', (_what, states, uncollected, slot) => {
    expect(chosen(states, uncollected)).toBe(slot);
  });
});

describe('after a dump the oldest makes room', () => {
  const states = (before: readonly string[], uncollected: string): string =>
    chosen(before, uncollected, 'make_spare; for n in 1 2 3; do slot_state $n; done')
      .split('\n')
      .slice(-3)
      .join(' ');

  test('only when no slot is free, and only where the profile says so', () => {
    expect(states(['complete@2', 'complete@1', 'complete@3'], 'replace-oldest')).toBe(
      'complete replaced complete',
    );
    expect(states(['complete@2', 'failed@1', 'complete@3'], 'replace-oldest')).toBe(
      'complete failed complete',
    );
    expect(states(['complete@2', 'complete@1', 'complete@3'], 'replace')).toBe(
      'complete complete complete',
    );
  });
});
