import { mintHexSecret, mintSecret } from '../../../src/secrets/mint.js';
import { holdsSecret, withoutSecrets } from '../../../src/secrets/secret-in-text.js';
import { forgedFrom } from '../../support/forged-secret.js';

describe('secrets in a text', () => {
  const { secret } = mintSecret('dz');
  const { secret: other } = mintSecret('ot_pat');

  it.each([secret, `x${secret}`, `key=${secret}&a=b`, `${other}${secret}`, mintHexSecret().secret])(
    'are found in %s',
    (text) => {
      expect(holdsSecret(text)).toBe(true);
    },
  );

  it.each(['', 'deploy', secret.slice(0, -1), `${secret.slice(0, -1)}_`, `a ${mintHexSecret().secret}`])(
    'are not found in %j',
    (text) => {
      expect(holdsSecret(text)).toBe(false);
    },
  );

  it('are left out, all of them, and nothing else', () => {
    expect(withoutSecrets(`leaked: ${secret}, x${other} and ${secret}`)).toBe(
      'leaked: [redacted], x[redacted] and [redacted]',
    );
    expect(withoutSecrets(forgedFrom(secret))).toBe('[redacted]');
    expect(withoutSecrets('no dz_secret')).toBe('no dz_secret');
    expect(
      withoutSecrets('a-secret-of-another-form, twice: a-secret-of-another-form', 'a-secret-of-another-form'),
    ).toBe('[redacted], twice: [redacted]');
  });
});
