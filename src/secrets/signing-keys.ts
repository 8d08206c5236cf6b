import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';

/** A public Ed25519 key as a JWK (RFC 8037). */
interface PublicSigningJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  use: 'sig';
  alg: 'EdDSA';
  kid: string;
}

interface KnownSigningKey {
  publicKey: KeyObject;
  privateKey: KeyObject | null;
  kid: string;
}

/** The Ed25519 key that signs receipts and checkpoints of the audit log, and those that did so before it. */
@Injectable()
export class SigningKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The JWK thumbprint (RFC 7638). */
  readonly kid: string;
  /** The present key and all earlier ones; those whose private part is known have it. */
  readonly all: KnownSigningKey[];

  constructor(
    @Inject(secretsConfig.KEY)
    {
      signingKey,
      retiredSigningKeys,
    }: Pick<ConfigType<typeof secretsConfig>, 'signingKey' | 'retiredSigningKeys'>,
  ) {
    this.all = [signingKey, ...retiredSigningKeys].map((key) => {
      const publicKey = key.type === 'private' ? createPublicKey(key) : key;
      return { publicKey, privateKey: key.type === 'private' ? key : null, kid: thumbprintOf(publicKey) };
    });
    this.privateKey = signingKey;
    this.publicKey = createPublicKey(signingKey);
    this.kid = thumbprintOf(this.publicKey);
  }

  /** Adds the public part of an earlier key that is known by its id. @throws Error unless it is that key */
  learn(kid: string, publicKey: KeyObject): void {
    if (thumbprintOf(publicKey) !== kid) throw new Error('The key is not the one that its id names.');
    if (!this.all.some((known) => known.kid === kid)) this.all.push({ publicKey, privateKey: null, kid });
  }

  /** For the JWKS: the present key first, then all that ever signed here. Not a secret. */
  get publicJwks(): PublicSigningJwk[] {
    return this.all.map(({ publicKey, kid }) => ({
      ...{ kty: 'OKP', crv: 'Ed25519', x: rawOf(publicKey), use: 'sig', alg: 'EdDSA' },
      kid,
    }));
  }

  /** SPKI PEM. Not a secret. */
  get publicPem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  /** A signature of the present key, with 4 bytes before it that name the key. */
  sign(text: string): Buffer {
    return Buffer.concat([keyIdOf(this.kid), sign(null, Buffer.from(text), this.privateKey)]);
  }

  /** Whether one of the keys signed it, in the form of {@link sign}. */
  hasSigned(text: string, signature: Uint8Array): boolean {
    const id = signature.subarray(0, KEY_ID_BYTES);
    const key = this.all.find(({ kid }) => keyIdOf(kid).equals(id));
    return (
      key !== undefined && verify(null, Buffer.from(text), key.publicKey, signature.subarray(KEY_ID_BYTES))
    );
  }
}

export const KEY_ID_BYTES = 4;

/** What names a key inside the database. */
export function keyIdOf(kid: string): Buffer {
  return Buffer.from(kid, 'base64url').subarray(0, KEY_ID_BYTES);
}

function rawOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'jwk' }).x as string;
}

function thumbprintOf(publicKey: KeyObject): string {
  return hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${rawOf(publicKey)}"}`, 'base64url');
}
