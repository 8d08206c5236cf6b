import { randomBytes } from 'node:crypto';
import { SECRET_LENGTH_MAX } from '../../../src/secrets/secret-format.js';
import { SecretHasher } from '../../../src/secrets/secret-hasher.js';

const pepper = { id: 'abcdef01', key: randomBytes(32) };
const hasher = new SecretHasher({ pepper, retiredPeppers: [] });

describe('a hasher of secrets', () => {
  it('digests nothing longer than a secret can be, so that none passes with something behind it', () => {
    const longest = 'x'.repeat(SECRET_LENGTH_MAX);
    expect(hasher.digest(longest, pepper.id)).not.toBeNull();
    expect(hasher.digest(`${longest}y`, pepper.id)).toBeNull();
  });

  it('digests nothing under a pepper that is not configured', () => {
    expect(hasher.digest('secret', '00000000')).toBeNull();
  });
});
