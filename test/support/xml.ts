/** Enough of XML to tell that a drawing of ours is well-formed, and what is in it. Throws when it is not. */

export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
};

const attribute = /\s+([A-Za-z_][\w:.-]*)="([^"<]*)"/y;
const reference = /&(?!(amp|lt|gt|quot|#\d+|#x[0-9a-f]+);)/;

export function readXml(text: string): { readonly elements: readonly XmlElement[] } {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!text.startsWith(declaration)) throw new Error('no XML declaration');
  const elements: XmlElement[] = [];
  const open: string[] = [];
  const rest = text.slice(declaration.length);
  for (const [whole, close, name = '', inside = '', empty] of rest.matchAll(
    /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[^\s=>/]+="[^"]*")*)\s*(\/?)>|<|&/g,
  )) {
    if (whole === '<') throw new Error('a "<" that begins no tag');
    if (whole === '&') continue;
    if (close === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    if (elements.length > 0 && open.length === 0) throw new Error('two roots');
    const attributes: Record<string, string> = {};
    attribute.lastIndex = 0;
    for (let found = attribute.exec(inside); found !== null; found = attribute.exec(inside)) {
      const [, key = '', value = ''] = found;
      if (key in attributes) throw new Error(`${key} stands twice`);
      attributes[key] = value;
    }
    elements.push({ name, attributes });
    if (empty !== '/') open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.at(-1)} is not closed`);
  if (reference.test(rest)) throw new Error('a "&" that begins no reference');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(rest))
    throw new Error('a character that XML forbids');
  return { elements };
}
