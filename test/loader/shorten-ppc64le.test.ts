/** What is made of the ppc64le loader's assembly: known lines become shorter, all others stay. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function shortened(body: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'shorten-'));
  const file = join(folder, 'in.s');
  const text = [
    '\t.section\t.rodata.words,"a",@progbits',
    'words:',
    '\t.section\t.text.f,"ax",@progbits',
    '\t.type\tf,@function',
    'f:',
    ...body,
    '.Lfunc_end0:',
  ];
  writeFileSync(file, text.map((line) => `${line}\n`).join(''));
  const program = 'loader/arch/ppc64le/shorten.awk';
  const out = execFileSync('awk', ['-f', program, file, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.slice(lines.indexOf('f:') + 1, -1);
}

const begin = [
  '\tmflr 0',
  '\tstd 29, -24(1)                          # 8-byte Folded Spill',
  '\tstd 30, -16(1)                          # 8-byte Folded Spill',
  '\tstdu 1, -64(1)',
  '\tstd 0, 80(1)',
];
const plain = (lines: readonly string[]) => lines.map((line) => line.replace(/ +#.*/, ''));
const end = ['\taddi 1, 1, 64', '\tld 0, 16(1)', '\tmtlr 0', '\tld 30, -16(1)', '\tld 29, -24(1)'];
const saved = ['\tmflr 0', '\tbl _savegpr0_29', '\tstdu 1, -64(1)'];
const restored = ['\taddi 1, 1, 64', '\tb _restgpr0_29'];

test('registers are saved and restored by shared code', () => {
  const body = [...begin, '\tbl g', ...end, '\tblr'];
  expect(shortened(body)).toEqual([...saved, '\tbl g', ...restored]);
});

test('a branch to another function at the end becomes a call', () => {
  expect(shortened([...begin, ...end, '\tb g'])).toEqual([...saved, '\tbl g', ...restored]);
});

test('not where an argument of that function lies in the frame of the caller', () => {
  const body = ['\tstd 3, 160(1)', ...end, '\tb g'];
  expect(shortened([...begin, ...body])).toEqual([...saved, ...body]);
});

test('a register in another place than the ABI has for it, or a frame without a link, is left alone', () => {
  const other = plain(begin).map((line) => line.replace('-24(1)', '-32(1)'));
  expect(shortened([...other, ...end, '\tblr'])).toEqual([...other, ...end, '\tblr']);
  const bare = plain(begin).slice(0, -1);
  expect(shortened([...bare, ...end, '\tblr'])).toEqual([...bare, ...end, '\tblr']);
});

test('the TOC is not set again, and there is no traceback table', () => {
  const toc = [
    '.Lfunc_gep0:',
    '\taddis 2, 12, .TOC.-.Lfunc_gep0@ha',
    '\taddi 2, 2, .TOC.-.Lfunc_gep0@l',
    '.Lfunc_lep0:',
    '\t.localentry\tf, .Lfunc_lep0-.Lfunc_gep0',
  ];
  expect(shortened([...toc, '\tblr', '\t.long\t0', '\t.quad\t0'])).toEqual(['\tblr']);
});

test('a constant is named by one instruction, with what is added to it where nobody else wants the rest', () => {
  const named = ['\taddis 3, 2, words@toc@ha', '\taddi 3, 3, words@toc@l'];
  expect(shortened([...named, '\tblr'])).toEqual(['\taddi 3, 2, words@toc', '\tblr']);
  expect(shortened([...named, '\taddi 4, 3, 12', '\tli 3, 0', '\tblr'])).toEqual([
    '\taddi 4, 2, words@toc+12',
    '\tli 3, 0',
    '\tblr',
  ]);
  // The sum's base is returned.
  expect(shortened([...named, '\taddi 4, 3, 12', '\tblr'])).toEqual([
    '\taddi 3, 2, words@toc',
    '\taddi 4, 3, 12',
    '\tblr',
  ]);
  const far = ['\taddis 3, 2, memory@toc@ha', '\taddi 3, 3, memory@toc@l', '\tblr'];
  expect(shortened(far)).toEqual(far);
});
