/** An ar archive as deb(5) has it. Without dpkg-deb to open it, its members need no sense. */
export function debOf(members: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(members).flatMap(([name, content]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
    const size = String(content.length).padEnd(10);
    return [`${header}${size}\`\n`, content, content.length % 2 === 1 ? '\n' : ''];
  });
  return Uint8Array.from(Buffer.from(`!<arch>\n${parts.join('')}`, 'latin1'));
}
