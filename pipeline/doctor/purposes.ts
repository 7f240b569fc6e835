/** What somebody wants to do with the tool. A file of its own: the command line reads it, and needs no more. */
export const purposes = ['build', 'inspect', 'savecore', 'sign', 'test-crash'] as const;
export type Purpose = (typeof purposes)[number];
