import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import { equalInConstantTime, KeyedDigest } from './digest.js';
import { KEY_ID_BYTES, keyIdOf, type SigningKeys } from './signing-keys.js';

const MAC_BYTES = 16;
/** Rows of the log: an id, a number and a hash. */
const SHORT_BYTES_MAX = 256;
/** Of one UTF-16 unit. */
const UTF8_BYTES_MAX = 3;

interface RowKey {
  id: Buffer;
  key: Buffer;
  /** The same for short messages, in half the time. */
  short: KeyedDigest;
}

/** Whether a row is one that this service wrote: it is, it is not, or its key is not at hand. */
export type MacJudgement = 'genuine' | 'forged' | 'unknown_key';

/**
 * Binds rows to this service: HMAC-SHA-256, cut to 128 bits (RFC 2104 §5), under a key that is derived from the signing
 * key (HKDF, RFC 5869) for one purpose. Whoever has the database alone can make none. 4 bytes before it name the key.
 */
export class RowMacs {
  private readonly keys: readonly RowKey[];

  /** @param purpose no two kinds of rows have the same */
  constructor(signingKeys: SigningKeys, purpose: string) {
    this.keys = signingKeys.all.flatMap(({ privateKey, kid }) => {
      if (privateKey === null) return [];
      const key = derivedFrom(privateKey, purpose);
      return [{ id: keyIdOf(kid), key, short: new KeyedDigest(key, SHORT_BYTES_MAX) }];
    });
  }

  macOf(...parts: (string | Uint8Array)[]): Buffer {
    const [present] = this.keys;
    if (present === undefined) throw new Error('the signing key has no private part');
    return Buffer.concat([present.id, Buffer.from(computed(present, parts), 'latin1')]);
  }

  judge(mac: Uint8Array | null, ...parts: (string | Uint8Array)[]): MacJudgement {
    if (mac?.length !== KEY_ID_BYTES + MAC_BYTES) return mac === null ? 'unknown_key' : 'forged';
    const known = this.keys.find(({ id }) => id.equals(mac.subarray(0, KEY_ID_BYTES)));
    if (known === undefined) return 'unknown_key';
    const given = Buffer.from(mac.subarray(KEY_ID_BYTES)).toString('latin1');
    return equalInConstantTime(computed(known, parts), given) ? 'genuine' : 'forged';
  }
}

/** From the 32 bytes of the private key (RFC 8032 §5.1.5). */
function derivedFrom(privateKey: KeyObject, purpose: string): Buffer {
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d as string, 'base64url');
  return Buffer.from(hkdfSync('sha256', seed, '', purpose, 32));
}

/** As a latin1 string. */
function computed({ key, short }: RowKey, parts: readonly (string | Uint8Array)[]): string {
  let bytesMax = 0;
  for (const part of parts) bytesMax += typeof part === 'string' ? part.length * UTF8_BYTES_MAX : part.length;
  if (bytesMax <= SHORT_BYTES_MAX) return short.ofParts(parts).slice(0, MAC_BYTES);
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('binary').slice(0, MAC_BYTES);
}
