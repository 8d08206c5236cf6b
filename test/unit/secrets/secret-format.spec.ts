import { mintHexSecret, mintSecret } from '../../../src/secrets/mint.js';
import {
  chosenPublicIdOf,
  publicIdOf,
  SECRET_PATTERN,
  supposedPublicIdOf,
} from '../../../src/secrets/secret-format.js';

const MANY = 500;
const PREFIXES = ['dz', 'acme2', 'a12345678901', 'ot_pat'];

describe('a minted secret', () => {
  it.each(PREFIXES)('with the prefix %s is matched by the one pattern and names its public id', (prefix) => {
    for (let round = 0; round < MANY; round++) {
      const { secret, publicId, preview } = mintSecret(prefix);
      expect(secret).toMatch(SECRET_PATTERN);
      expect(publicIdOf(secret)).toBe(publicId);
      expect(supposedPublicIdOf(secret)).toBe(publicId);
      expect(preview).toBe(`${prefix}_${publicId.slice(0, 4)}********${secret.slice(-4)}`);
    }
  });

  it('is never the same twice, nor is its public id', () => {
    const minted = Array.from({ length: MANY }, () => mintSecret('dz'));
    expect(new Set(minted.map(({ secret }) => secret)).size).toBe(MANY);
    expect(new Set(minted.map(({ publicId }) => publicId)).size).toBe(MANY);
  });

  it('is malformed with any one character changed, left out, added or swapped with its neighbour', () => {
    const { secret } = mintSecret('dz');
    for (let index = 0; index < secret.length; index++) {
      const [before, at, after] = [secret.slice(0, index), secret.charAt(index), secret.slice(index + 1)];
      const damaged = [before + (at === 'a' ? 'b' : 'a') + after, before + after, `${before}a${at}${after}`];
      const next = after.charAt(0);
      if (next !== '' && next !== at) damaged.push(before + next + at + after.slice(1));
      for (const each of damaged) expect(publicIdOf(each)).toBeNull();
    }
  });

  it('of the hexadecimal form names its public id by its beginning', () => {
    const { secret, publicId } = mintHexSecret();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect([publicIdOf(secret), supposedPublicIdOf(secret)]).toEqual([publicId, publicId]);
    expect(publicIdOf(secret.toUpperCase())).toBeNull();
  });
});

describe('what is no secret', () => {
  it.each(['', ' ', 'dz_', 'x'.repeat(10_000), '\u0000', 'dz_\n', '💩'.repeat(20)])(
    'is malformed: %j',
    (text) => {
      expect(publicIdOf(text)).toBeNull();
    },
  );

  it('is judged in a time that does not explode with its length', () => {
    const tookMs = (text: string): number => {
      const t0 = performance.now();
      for (let round = 0; round < MANY; round++) publicIdOf(text);
      return performance.now() - t0;
    };
    const [short, long] = ['dz_'.repeat(10), 'dz_'.repeat(30_000)];
    tookMs(short);
    // Of 3000 times the length; read to its end it takes as many times as long.
    expect(tookMs(long)).toBeLessThan(1000 + 300 * tookMs(short));
  });
});

describe('a secret that an operator chose', () => {
  it('has a public id that shows nothing of it', () => {
    const secret = 'operator-chosen-secret-of-32-or-more';
    expect(chosenPublicIdOf(secret)).toMatch(/^chosen-[0-9a-f]{24}$/);
    expect(chosenPublicIdOf('too short')).toBeNull();
    expect(chosenPublicIdOf('x'.repeat(513))).toBeNull();
    expect(chosenPublicIdOf('has spaces in it, and 32 characters')).toBeNull();
  });
});
