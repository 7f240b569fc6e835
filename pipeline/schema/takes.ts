/**
 * What a key of a profile takes, in the words of every key's schema.
 * An `error` is a noun phrase, for "it takes ...".
 */
import * as z from 'zod';

export const text = (expects: string, pattern: RegExp = /^[^\n]+$/) =>
  z.string({ error: expects }).regex(pattern, { error: expects });

export const whole = (from: number, to: number) => {
  const error = `a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, {
    error: values.length === 1 ? `\`${values[0]}\`` : `one of ${values.join(', ')}`,
  });

/** The key that says which shape a map has. */
export const shape = <const T extends string>(value: T) =>
  z.literal(value, { error: `\`${value}\`` });

export const path = (what: string) => text(`the path of ${what}`);

/** An I/O port, written as a number or as text: both `0x3f8` and `"0x3f8"`. */
export const port = () => {
  const error = 'an I/O port from 0x1 to 0xffff, such as "0x3f8"';
  return z.union(
    [
      z.int({ error }).min(1, { error }).max(0xffff, { error }),
      z
        .string({ error })
        .regex(/^0x[0-9a-fA-F]{1,4}$/, { error })
        .refine((value) => Number(value) > 0, { error }),
    ],
    { error },
  );
};

/** A word of a command line. */
export const word = (expects: string) => text(expects, /^(?:[^\s"]|"[^"\n]*")+$/);

/** A physical address, written as a number or as text: both `0x10000000` and `"0x10000000"`. */
export const memoryAddress = () => {
  const error = 'a physical address such as "0x10000000"';
  return z.union(
    [
      z.int({ error }).min(1, { error }),
      z
        .string({ error })
        // Not zero: nothing is converted here, as what is malformed gets this far too.
        .regex(/^0x0*[1-9a-fA-F][0-9a-fA-F]{0,15}$/, { error }),
    ],
    { error },
  );
};

/** Taken as it is written, and judged later with words of its own. */
export const loose = (expects: string) => z.union([z.string(), z.int()], { error: expects });

export const yesOrNo = () => z.boolean({ error: '`true` or `false`' });

/** What a capture kernel can do when its work is over. */
export const action = () => choice(['reboot', 'poweroff', 'halt', 'shell']);
