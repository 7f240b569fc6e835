import { describe, expect, test } from 'vitest';
import { licenceWords } from '../../pipeline/inputs/copyright.ts';

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

describe('a copyright file', () => {
  test('tells the licences of its files, each once, and not the texts that they refer to', () => {
    const text = `${format}Upstream-Name: x

Files: *
Copyright: 2001 A
License: GPL-2+ with OpenSSL   exception
 This is free.
 .
 License: none of this

Files: debian/*
License: Expat

Files: lib/*
License: Expat

License: BSD-3-clause
 Text.
`;
    expect(licenceWords(text)).toEqual(['Expat', 'GPL-2+ with OpenSSL exception']);
    expect(licenceWords(text.replaceAll('\n', '\r\n'))).toEqual(licenceWords(text));
    expect(licenceWords(text.replace('https:', 'http:'))).toEqual(licenceWords(text));
  });

  test('that is written for people alone tells nothing', () => {
    expect(
      licenceWords('This package was debianized by somebody.\n\nLicense:\n\nGPL'),
    ).toBeUndefined();
    expect(licenceWords('')).toBeUndefined();
    expect(licenceWords(`Text\n\n${format}`)).toBeUndefined();
  });

  test('may hold no word that is no name', () => {
    const files = ['', 'a'.repeat(121), 'a\u001b[2J', 'fine'];
    const text = files.map((name) => `\nFiles: *\nLicense: ${name}\n`).join('');
    expect(licenceWords(format + text)).toEqual(['fine']);
  });
});
