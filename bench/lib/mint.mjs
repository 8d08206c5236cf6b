// @ts-check
import { createHash, hash, randomFillSync } from 'node:crypto';
import { root } from './prerequisites.mjs';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const pool = Buffer.alloc(1 << 16);
let unread = 0;

/** Fast and slightly biased, which no measurement notices; Rescind's own is uniform. */
function base62(length) {
  let text = '';
  for (let index = 0; index < length; index++) {
    if (unread === 0) unread = randomFillSync(pool).length;
    text += ALPHABET[pool[--unread] % 62];
  }
  return text;
}

/** UUIDv7 of a given time, in milliseconds. */
export function uuidAt(milliseconds) {
  const hex = base16(20);
  const time = milliseconds.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}

/** @param length even */
function base16(length) {
  if (unread < length) unread = randomFillSync(pool).length;
  unread -= length / 2;
  return pool.toString('hex', unread, unread + length / 2);
}

/**
 * Makes secrets in Rescind's format with the digest that the application, given the same pepper, expects:
 * HMAC-SHA-256, its id the first 8 hexadecimal digits of the pepper's SHA-256.
 * `macOf` binds the row that is made of it.
 * @param pepper base64, as in RESCIND_PEPPER.
 */
export async function minter(pepper) {
  const [{ KeyedDigest }, { checksumOf }, { TokenMacs }] = await Promise.all([
    import(`${root}/dist/secrets/digest.js`),
    import(`${root}/dist/secrets/secret-format.js`),
    import(`${root}/dist/secrets/token-macs.js`),
  ]);
  const key = Buffer.from(pepper, 'base64');
  const digests = new KeyedDigest(key, 96);
  const pepperId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  const macs = new TokenMacs({ pepper: { id: pepperId, key }, retiredPeppers: [] });
  /** The MAC of a member's token of which nothing else is bound; `scopes` is a list, times are in milliseconds. */
  const macOf = ({ digest, created, expires = null, ...columns }) => {
    const none = {
      issued_to: null,
      issued_by_token: null,
      trusted_ips: null,
      uses_limit: null,
      ttl_seconds: null,
      kind: 'api',
      idle_seconds: null,
      external_id: null,
      metadata: null,
    };
    const mac = macs.macOf({
      ...none, max_ttl_seconds: null, expires_at_max: null, owner_kind: 'user', pepper_id: pepperId, ...columns,
      digest: Buffer.from(digest.slice(2), 'hex'), created_at: new Date(created), expires_at: expires === null ? null : new Date(expires),
    }); // prettier-ignore
    return `\\x${mac.toString('hex')}`;
  };
  return (prefix = 'dz') => {
    const jti = base62(22);
    const body = `${prefix}_${jti}_${base62(33)}_`;
    const secret = body + checksumOf(body);
    const digest = `\\x${Buffer.from(digests.of(secret), 'latin1').toString('hex')}`;
    return {
      secret,
      jti,
      digest,
      pepperId,
      macOf,
      preview: `${prefix}_${jti.slice(0, 4)}********${secret.slice(-4)}`,
    };
  };
}

/** SHA-256 of a text as PostgreSQL reads bytes. */
export const sha256Bytes = (text) => `\\x${hash('sha256', text, 'hex')}`;
