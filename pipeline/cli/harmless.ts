/** Text that came from files of others, as a terminal may show it: nothing in it moves the cursor or sets a colour. */
export const harmless = (text: string): string =>
  // Line feeds and tabs are ours; the others are C0, DEL and C1 (ECMA-48).
  text.replace(/[^\n\t\P{Cc}]/gu, '?');
