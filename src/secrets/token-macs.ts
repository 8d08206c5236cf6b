import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import canonicalize from 'canonicalize';
import { hash, hkdfSync } from 'node:crypto';
import { secretsConfig } from '../config/secrets.config.js';
import { equalInConstantTime, KeyedDigest } from './digest.js';
import type { MacJudgement } from './row-macs.js';

/** What of a token is decided when it is issued, its end, and what verdicts state of it. Columns by their names; of its owner the one that it has. */
export interface BoundToken {
  id: string;
  jti: string;
  digest: Buffer;
  pepper_id: string;
  business_id: string | null;
  owner_kind: string;
  owner_id: string | null;
  issued_to: string | null;
  issued_by_token: string | null;
  scopes: readonly string[];
  trusted_ips: readonly string[] | null;
  uses_limit: number | null;
  ttl_seconds: number | null;
  max_ttl_seconds: number | null;
  created_at: Date;
  expires_at: Date | null;
  expires_at_max: Date | null;
  kind: 'api' | 'session';
  /** Of a session. */
  idle_seconds: number | null;
  external_id: string | null;
  /** A JSON object, or its text. */
  metadata: object | string | null;
}

const MAC_BYTES = 16;

/**
 * Binds the row of a token to this service: HMAC-SHA-256, cut to 128 bits (RFC 2104 §5), under a key that is derived
 * (HKDF, RFC 5869) from the pepper of its secret. The key is at hand for as long as the secret can be verified at all, and
 * whoever has the database alone has no pepper. Name, description and times of use are not bound; neither are
 * revocation and rotation, which the register of ends has (audit_token_ends).
 */
@Injectable()
export class TokenMacs {
  private readonly keys: ReadonlyMap<string, KeyedDigest>;

  constructor(
    @Inject(secretsConfig.KEY) config: Pick<ConfigType<typeof secretsConfig>, 'pepper' | 'retiredPeppers'>,
  ) {
    this.keys = new Map(
      [...config.retiredPeppers, config.pepper].map(({ id, key }) => {
        const derived = Buffer.from(hkdfSync('sha256', key, '', 'rescind token row', 32));
        return [id, new KeyedDigest(derived, 64)];
      }),
    );
  }

  /** Whether a pepper is configured. */
  has(pepperId: string): boolean {
    return this.keys.has(pepperId);
  }

  /** @throws Error when its pepper is not configured */
  macOf(token: BoundToken): Buffer {
    const mac = this.computed(token);
    if (mac === null) throw new Error('the pepper of a token is not configured');
    return Buffer.from(mac, 'latin1');
  }

  /** Without its pepper nothing is known of a token, and its secret proves nothing either. */
  judge(token: BoundToken, mac: Buffer): MacJudgement {
    const computed = this.computed(token);
    if (computed === null) return 'unknown_key';
    return equalInConstantTime(computed, mac.toString('latin1')) ? 'genuine' : 'forged';
  }

  private computed(token: BoundToken): string | null {
    const key = this.keys.get(token.pepper_id);
    return key === undefined ? null : key.of(hash('sha256', canonical(token))).slice(0, MAC_BYTES);
  }
}

/**
 * JSON, so that no two tokens have the same text: a session's has two members more than that of an API token, and one with
 * an external id or metadata a list more than one without.
 */
function canonical(token: BoundToken): string {
  return JSON.stringify([
    token.id,
    token.jti,
    token.digest.toString('hex'),
    token.pepper_id,
    token.business_id,
    token.owner_kind,
    token.owner_id,
    token.issued_to,
    token.issued_by_token,
    token.scopes,
    token.trusted_ips,
    token.uses_limit,
    token.ttl_seconds,
    token.max_ttl_seconds,
    token.created_at.getTime(),
    token.expires_at?.getTime() ?? null,
    token.expires_at_max?.getTime() ?? null,
    ...(token.kind === 'api' ? [] : [token.kind, token.idle_seconds]),
    ...(token.external_id === null && token.metadata === null
      ? []
      : [[token.external_id, canonicalMetadata(token.metadata)]]),
  ]);
}

/** RFC 8785, since the database orders members otherwise; false for what the service writes into no row, as 1e999. */
function canonicalMetadata(metadata: BoundToken['metadata']): string | null | false {
  if (metadata === null) return null;
  try {
    return canonicalize(typeof metadata === 'string' ? JSON.parse(metadata) : metadata) ?? false;
  } catch {
    return false;
  }
}
