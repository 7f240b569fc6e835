import { describe, expect, test } from 'vitest';
import { kindsWith, problemsWith, settled } from '../profile-texts.ts';

const age = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const ssh = `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0\x20${'k'.repeat(32)}`, 'latin1').toString('base64')}`;

test('one or several, an SSH key without its comment', () => {
  expect(settled().recipient).toEqual([]);
  expect(settled(`recipient: ${age}`).recipient).toEqual([age]);
  expect(settled(`recipient: [${age.toUpperCase()}, ${ssh} me@home]`).recipient).toEqual([
    age,
    ssh,
  ]);
});

describe('refused with the reason', () => {
  const mistakeOf = (text: string): string => {
    const [problem] = problemsWith(`recipient: ${JSON.stringify(text)}`);
    return problem?.kind === 'recipient-useless' ? problem.mistake.kind : (problem?.kind ?? 'none');
  };
  test.each([
    ['anybody', 'form'],
    ['gpg:0123', 'form'],
    [age.slice(0, -1), 'checksum'],
    [age.replace('z7', '7z'), 'checksum'],
    ['age1yubikey1qwxwtst2r', 'plugin'],
    ['age1pq1qqqq', 'newer'],
    // Bech32 of 32 zero bytes.
    ['age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z', 'small-order'],
    ['ssh-rsa AAAAB3NzaC1yc2E=', 'ssh-type'],
    ['ecdsa-sha2-nistp256 AAAA', 'ssh-type'],
    ['ssh-ed25519', 'ssh-key'],
    [ssh.slice(0, -4), 'ssh-key'],
    ['ssh-ed25519 AAAA', 'ssh-key'],
  ])('%s', (text, kind) => {
    expect(mistakeOf(text)).toBe(kind);
  });

  test('a list of none, and what is no text', () => {
    expect(kindsWith('recipient: []')).toEqual(['wrong-value']);
    expect(kindsWith('recipient: 7')).toEqual(['wrong-value']);
    expect(problemsWith(`recipient: [${age}, x]`)).toMatchObject([
      { kind: 'recipient-useless', place: { line: 5 }, found: '"x"' },
    ]);
  });

  test('a secret key, which is not shown again', () => {
    const secret = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX';
    expect(mistakeOf(secret)).toBe('secret');
    expect(JSON.stringify(problemsWith(`recipient: ${secret}`))).not.toContain('GFPYY');
  });
});
