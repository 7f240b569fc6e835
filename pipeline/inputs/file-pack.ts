import { joinBytes } from '../units/bytes.ts';
import type { Digest } from '../units/units.ts';
import type { PackageWords } from './part.ts';
import type { ToolFile } from './resolved-inputs.ts';

/** Files, and what the packages that they are from say of themselves, by digest. */
export type PackedFiles = {
  readonly files: readonly ToolFile[];
  readonly packages: Readonly<Record<Digest, PackageWords>>;
};

/**
 * Several files as one value for the store: the length of a JSON document that lists them, that, the contents one
 * after the other. Only this tool reads it back.
 */
export function packFiles({ files, packages }: PackedFiles): Uint8Array {
  const list = files.map(({ path, mode, content, from }) =>
    content.kind === 'file'
      ? { path, mode, from, size: content.bytes.length }
      : { path, mode, from, target: content.target },
  );
  const header = Buffer.from(JSON.stringify({ files: list, packages }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const contents = files.flatMap(({ content }) => (content.kind === 'file' ? [content.bytes] : []));
  return joinBytes([length, header, ...contents]);
}

export function unpackFiles(packed: Uint8Array): PackedFiles {
  const length = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const header = Buffer.from(packed.subarray(4, 4 + length)).toString('utf8');
  const { files: list, packages } = JSON.parse(header) as Omit<PackedFiles, 'files'> & {
    readonly files: readonly (Pick<ToolFile, 'path' | 'mode' | 'from'> & {
      readonly size?: number;
      readonly target?: string;
    })[];
  };
  let at = 4 + length;
  const files = list.map(({ size, target, ...file }): ToolFile => {
    if (target !== undefined) return { ...file, content: { kind: 'symlink', target } };
    at += size ?? 0;
    return {
      ...file,
      content: { kind: 'file', bytes: packed.subarray(at - (size ?? 0), at) },
    };
  });
  return { files, packages };
}
