import { joinBytes } from '../units/bytes.ts';
import type { ToolFile } from './resolved-inputs.ts';

/**
 * Several files as one value for the store: the length of a JSON list, the list, the contents one
 * after the other. Only this tool reads it back.
 */
export function packFiles(files: readonly ToolFile[]): Uint8Array {
  const list = files.map(({ path, mode, content }) =>
    content.kind === 'file'
      ? { path, mode, size: content.bytes.length }
      : { path, mode, target: content.target },
  );
  const header = Buffer.from(JSON.stringify(list));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const contents = files.flatMap(({ content }) => (content.kind === 'file' ? [content.bytes] : []));
  return joinBytes([length, header, ...contents]);
}

export function unpackFiles(packed: Uint8Array): readonly ToolFile[] {
  const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const header = Buffer.from(packed.subarray(4, 4 + length)).toString('utf8');
  const list = JSON.parse(header) as readonly {
    readonly path: string;
    readonly mode: number;
    readonly size?: number;
    readonly target?: string;
  }[];
  let at = 4 + length;
  return list.map(({ path, mode, size, target }): ToolFile => {
    if (target !== undefined) return { path, mode, content: { kind: 'symlink', target } };
    at += size ?? 0;
    return {
      path,
      mode,
      content: { kind: 'file', bytes: packed.subarray(at - (size ?? 0), at) },
    };
  });
}
