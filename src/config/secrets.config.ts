import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { registerAs } from '@nestjs/config';
import { ConfigError, secret, secrets } from './environment.js';

/** A key that digests are made under; its id is public and stored beside each digest. */
export interface Pepper {
  /** First 8 hexadecimal digits of the SHA-256 of the pepper. */
  id: string;
  key: Buffer;
}

const PEPPER_BYTES_MIN = 32;

function pepperFrom(variable: string, encoded: string): Pepper {
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || key.length < PEPPER_BYTES_MIN) {
    throw new ConfigError(
      variable,
      `must be base64 of ${PEPPER_BYTES_MIN} bytes or more; make one with: openssl rand -base64 32`,
    );
  }
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}

function signingKey(): KeyObject {
  const variable = 'RESCIND_SIGNING_KEY';
  const value = secret(variable);
  const howTo = 'make one with: openssl genpkey -algorithm ed25519';
  if (value === undefined) throw new ConfigError(variable, `must be set beside DATABASE_URL; ${howTo}`);
  try {
    const key = createPrivateKey(value.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, in one sentence, without the key.
  }
  throw new ConfigError(variable, `must be an Ed25519 private key (PKCS#8 PEM, or @file); ${howTo}`);
}

export const secretsConfig = registerAs('secrets', () => {
  const current = secret('RESCIND_PEPPER');
  if (current === undefined) {
    throw new ConfigError(
      'RESCIND_PEPPER',
      'must be set beside DATABASE_URL; make one with: openssl rand -base64 32',
    );
  }
  return {
    pepper: pepperFrom('RESCIND_PEPPER', current),
    retiredPeppers: secrets('RESCIND_PEPPER_RETIRED').map((each) =>
      pepperFrom('RESCIND_PEPPER_RETIRED', each),
    ),
    signingKey: signingKey(),
  };
});
