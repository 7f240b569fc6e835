import { checkIncludes } from './includes-rule.ts';

const wrong = checkIncludes('.');
process.stderr.write(wrong.map((line) => `${line}\n`).join(''));
process.exitCode = wrong.length === 0 ? 0 : 1;
