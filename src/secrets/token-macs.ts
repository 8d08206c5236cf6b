import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import canonicalize from 'canonicalize';
import { hash, hkdfSync } from 'node:crypto';
import { secretsConfig } from '../config/secrets.config.js';
import { columnOf, compiled, FIELDS, literal } from '../token-schema/derived.js';
import type { Field } from '../token-schema/field.js';
import type { BoundToken } from '../token-schema/token-columns.sql.js';
import { equalInConstantTime, KeyedDigest } from './digest.js';
import type { MacJudgement } from './row-macs.js';

export type { BoundToken };

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
    return key === undefined
      ? null
      : key.of(hash('sha256', canonical(token, canonicalMetadata))).slice(0, MAC_BYTES);
  }
}

/** The members of the list in the text of a MAC, each as an expression. */
const valuesOf = (mac: Field['mac']): [column: string, value: string][] =>
  FIELDS.filter(([, field]) => field.mac === mac).map(([name, { type, nullable }]) => {
    const column = columnOf(name);
    const read = `token.${column}`;
    if (type === 'bytea') return [column, `${read}.toString('hex')`];
    if (type === 'jsonb') return [column, `json(${read})`];
    if (type !== 'timestamptz') return [column, read];
    return [column, nullable === true ? `(${read}?.getTime() ?? null)` : `${read}.getTime()`];
  });

const OWNERS_PLACE = 7;
const PLACES = FIELDS.filter(([, { mac }]) => typeof mac === 'number').length + 1;
const always = Array.from({ length: PLACES }, (_, index) =>
  index + 1 === OWNERS_PLACE ? 'token.owner_id' : (valuesOf(index + 1)[0] as [string, string])[1],
);
const session = valuesOf('session').map(([, value]) => value);
const labels = valuesOf('labels');
const named = valuesOf('named');
const areNull = (columns: [string, string][]): string =>
  columns.map(([column]) => `token.${column} === null`).join(' && ') || 'true';

/**
 * JSON, so that no two tokens have the same text: a session's has two members more than that of an API token, one with an
 * external id or metadata a list more than one without, and one with fields that are bound by name an object of those.
 */
const canonical = compiled<(token: BoundToken, json: typeof canonicalMetadata) => string>(
  'token, json',
  `JSON.stringify([${always.join(', ')},
  ...(token.kind === 'api' ? [] : [${session.join(', ')}]),
  ...(${areNull(labels)} ? [] : [[${labels.map(([, value]) => value).join(', ')}]]),
  ...(${areNull(named)} ? [] : [${literal(named.map(([column, value]) => [column, `${value} ?? undefined`]))}])])`,
);

/** RFC 8785, since the database orders members otherwise; false for what the service writes into no row, as 1e999. */
function canonicalMetadata(metadata: object | string | null): string | null | false {
  if (metadata === null) return null;
  try {
    return canonicalize(typeof metadata === 'string' ? JSON.parse(metadata) : metadata) ?? false;
  } catch {
    return false;
  }
}
