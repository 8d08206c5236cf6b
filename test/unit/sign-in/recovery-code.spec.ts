import { expect, it } from '@jest/globals';
import { mintRecoveryCode, recoveryCodeFrom } from '../../../src/sign-in/recovery/recovery.service.js';

it('a recovery code is read as it was printed, however it is typed', () => {
  for (let round = 0; round < 200; round++) {
    const code = mintRecoveryCode();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$/);
    const typed = ` ${code.toLowerCase().replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l')}\n`;
    expect(recoveryCodeFrom(typed)).toBe(code);
  }
});

it.each([
  '',
  'x',
  '00000-00000-00000-00000-00000-0000',
  '0'.repeat(31),
  `${'0'.repeat(29)}U`,
  `${'0'.repeat(29)}é`,
])('%j is none', (typed) => expect(recoveryCodeFrom(typed)).toBeNull());
