import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';

/** A public Ed25519 key as a JWK (RFC 8037). */
export interface PublicSigningJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  use: 'sig';
  alg: 'EdDSA';
  kid: string;
}

/** The Ed25519 key that signs receipts and checkpoints of the audit log. */
@Injectable()
export class SigningKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The JWK thumbprint (RFC 7638). */
  readonly kid: string;

  constructor(@Inject(secretsConfig.KEY) { signingKey }: ConfigType<typeof secretsConfig>) {
    this.privateKey = signingKey;
    this.publicKey = createPublicKey(signingKey);
    this.kid = thumbprintOf(this.publicKey);
  }

  /** For the JWKS. Not a secret. */
  get publicJwk(): PublicSigningJwk {
    return { kty: 'OKP', crv: 'Ed25519', x: rawOf(this.publicKey), use: 'sig', alg: 'EdDSA', kid: this.kid };
  }

  /** SPKI PEM. Not a secret. */
  get publicPem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }
}

function rawOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'jwk' }).x as string;
}

function thumbprintOf(publicKey: KeyObject): string {
  return hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${rawOf(publicKey)}"}`, 'base64url');
}
