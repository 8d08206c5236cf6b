import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { registerAs } from '@nestjs/config';
import { ConfigError, list, secret, secrets } from './environment.js';

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

/** The ids that a variable names, each of that form. */
function ids(variable: string, form: RegExp, example: string): string[] {
  const given = list(variable);
  if (given.some((id) => !form.test(id)))
    throw new ConfigError(variable, `must be ids such as ${example}, separated by commas.`);
  return given;
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

const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/** What RESCIND_SIGNING_KEY_RETIRED names: ids of keys, and keys as PEM, private or their public part alone. */
function retiredSigningKeys(): { keys: KeyObject[]; ids: string[] } {
  const variable = 'RESCIND_SIGNING_KEY_RETIRED';
  const value = secrets(variable).join('\n').replaceAll('\\n', '\n');
  const keys = (value.match(PEM) ?? []).map((pem) => {
    try {
      const key = pem.includes('PRIVATE') ? createPrivateKey(pem) : createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') return key;
    } catch {
      // Said below, in one sentence, without the key.
    }
    throw new ConfigError(variable, 'must hold Ed25519 keys (PEM) or their ids.');
  });
  const retired = value
    .replaceAll(PEM, '')
    .split(/\s+/)
    .filter((id) => id !== '');
  if (!retired.every((id) => /^[A-Za-z0-9_-]{43}$/.test(id)))
    throw new ConfigError(
      variable,
      'must hold keys (PEM), or ids such as the `kid` in /.well-known/jwks.json.',
    );
  return { keys, ids: retired };
}

export const secretsConfig = registerAs('secrets', () => {
  const current = secret('RESCIND_PEPPER');
  if (current === undefined) {
    throw new ConfigError(
      'RESCIND_PEPPER',
      'must be set beside DATABASE_URL; make one with: openssl rand -base64 32',
    );
  }
  const retired = retiredSigningKeys();
  return {
    pepper: pepperFrom('RESCIND_PEPPER', current),
    retiredPeppers: secrets('RESCIND_PEPPER_RETIRED').map((each) =>
      pepperFrom('RESCIND_PEPPER_RETIRED', each),
    ),
    /** Ids of peppers that nobody has any more: their tokens stay refused, and no start is. */
    lostPepperIds: ids('RESCIND_PEPPER_LOST', /^[0-9a-f]{8}$/, '1a2b3c4d'),
    signingKey: signingKey(),
    /** Ids (RFC 7638) of the signing keys that this one takes the place of. */
    retiredSigningKeyIds: retired.ids,
    retiredSigningKeys: retired.keys,
  };
});
