import { sha256 as digestOf } from '@noble/hashes/sha2.js';
import type * as OnNode from '../../../src/log-format/transparency/platform.js';
import { Questions } from './questions.js';

type PublicKey = OnNode.PublicKey;

const RAW_BYTES = 32;
/** SPKI of an Ed25519 key begins so, in DER (RFC 8410); there is no other form. */
const SPKI_PREFIX = '302a300506032b6570032100';
const ED25519 = 'Ed25519';

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Signatures that were asked about, and what the browser answered. */
const questions = new Questions();

/** Repeats what asks for signatures until each has its answer. It must be without effects of its own. */
export const answered = questions.answered.bind(questions);

class RawPublicKey implements PublicKey {
  constructor(readonly raw: Uint8Array<ArrayBuffer>) {}

  equals(other: PublicKey): boolean {
    return rawPublicKey(other).equals(Buffer.from(this.raw));
  }

  export(): { kty: string; crv: string; x: string } {
    const base64 = Buffer.from(this.raw).toString('base64');
    return {
      kty: 'OKP',
      crv: ED25519,
      x: base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
    };
  }
}

export function sha256(input: Uint8Array): Buffer {
  return Buffer.from(digestOf(input));
}

export function zeroAndTextHash(text: string, encoding: 'base64' | 'binary'): string {
  return Buffer.from(digestOf(utf8.encode(`\u0000${text}`))).toString(encoding);
}

export function publicKeyOfRaw(raw: Uint8Array): PublicKey {
  if (raw.length !== RAW_BYTES) throw new TypeError('Not an Ed25519 key.');
  return new RawPublicKey(Uint8Array.from(raw));
}

export function publicKeyOfPem(pem: string): PublicKey {
  const [, body = ''] =
    /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem) ?? [];
  const der = Buffer.from(body.replaceAll(/\s/g, ''), 'base64').toString('hex');
  if (!der.startsWith(SPKI_PREFIX)) throw new TypeError('Not an Ed25519 key.');
  return publicKeyOfRaw(Buffer.from(der.slice(SPKI_PREFIX.length), 'hex'));
}

export function rawPublicKey(key: PublicKey): Buffer {
  if (!(key instanceof RawPublicKey)) throw new TypeError('Not an Ed25519 key.');
  return Buffer.from(key.raw);
}

/** @throws UnansweredQuestion until the browser has answered: call it within {@link answered} */
export function isSignedBy(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const raw = rawPublicKey(key);
  const name = [raw, digestOf(message), signature].map((part) => Buffer.from(part).toString('hex')).join(' ');
  const [bytes, given] = [Uint8Array.from(message), Uint8Array.from(signature)];
  return questions.ask(name, async () => {
    const imported = await crypto.subtle.importKey('raw', Uint8Array.from(raw), ED25519, false, ['verify']);
    return crypto.subtle.verify(ED25519, imported, given, bytes);
  });
}

export function textOf(bytes: Uint8Array): string {
  return fromUtf8.decode(bytes);
}

/** What is built in the place of another must be able to stand there. */
void ({
  sha256,
  zeroAndTextHash,
  publicKeyOfRaw,
  publicKeyOfPem,
  rawPublicKey,
  isSignedBy,
  textOf,
} satisfies typeof OnNode);
