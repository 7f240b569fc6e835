/** What a profile may be called: its bundle is a file of that name. */
export const profileName = {
  form: /^[a-z0-9][a-z0-9._-]{0,62}$/,
  what: 'at most 63 lower-case letters, digits, ".", "_" and "-"',
} as const;
