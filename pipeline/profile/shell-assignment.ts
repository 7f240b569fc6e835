/** Settings in files that a shell reads, such as those of /etc/default and /etc/sysconfig: read, never run. */

/** `'a b'`, `"a b"` or a word without anything that a shell would look at; a comment may follow. */
const assignment =
  /^([A-Za-z_][A-Za-z0-9_]*)=(?:'([^']*)'|"([^"$`\\]*)"|([^\s'"$`\\;&|<>()#*?[\]{}~!]*))\s*(?:#.*)?$/;

/** Undefined for anything but a plain assignment. */
export function readAssignment(
  line: string,
): { readonly name: string; readonly value: string } | undefined {
  const [, name, single, double, bare] = assignment.exec(line) ?? [];
  const value = single ?? double ?? bare;
  return name === undefined || value === undefined ? undefined : { name, value };
}
