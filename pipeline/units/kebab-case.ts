/** A key of ours as reports and documents write it: `notAfter` as `not-after`. */
export const kebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
