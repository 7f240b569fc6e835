/** Of a bundle that was built with `testing: true`. Every verb that shows one says it. */
export const testingWords =
  'TESTING: purgatory may IPL by DIAG 308 subcode 3, which clears memory on a real machine; not for production';
