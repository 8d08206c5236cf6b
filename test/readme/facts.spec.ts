import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { mintSecret } from '../../src/secrets/mint.js';
import { blocks, readme, ROOT } from './readme.js';

it('the expression for secret scanners matches every minted secret, whatever the prefix, and no part of one', () => {
  const expression = new RegExp(
    blocks()
      .find(({ language }) => language === 'text')
      ?.text.trim() ?? '',
    'g',
  );
  for (const prefix of ['dz', 'dzp', 'acme2', 'abcdefghijkl', 'ot_pat']) {
    const { secret } = mintSecret(prefix);
    expect(`TOKEN="${secret}"; echo`.match(expression)).toEqual([secret]);
    expect(secret.slice(0, -1).match(expression)).toBeNull();
  }
});

it('every npm script that README.md names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme().matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
