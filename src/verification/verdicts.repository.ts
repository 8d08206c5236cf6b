import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { BATCHES } from '../admission/sessions.js';
import { Turns } from '../admission/turns.js';
import { Batcher } from '../common/batcher.js';
import { InVerifyLane } from '../database/lanes.js';
import { LOOK_UP_MS_MAX, queryPrepared, withTimeout } from '../database/prepared.js';
import { columnOf, compiled, literal, VERDICT_LABELS } from '../token-schema/derived.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { thisMoment } from '../verifiers/monotonic.js';
import {
  CLAIM_USE,
  ENDED_LONG_AGO,
  FIND_OF_PLATFORM,
  FIND_TOKENS,
  type TokenFactsRow,
} from './find-token.sql.js';
import type { Asker } from './presentation.js';
import type { OwnerFacts, TokenFacts } from './token-facts.js';
import { TokenProof } from './token-proof.js';

/** The platform as an owner, shared by all its tokens without a named person; never stale. */
const PLATFORM_OWNER: OwnerFacts = {
  kind: 'platform',
  id: null,
  name: 'platform',
  email: null,
  issuedTo: null,
  role: null,
  present: true,
  stale: false,
};

/** Interns equal short texts of different rows: a million tokens share few scopes and peppers. */
const shared = new Map<string, string[]>();
const SHARED_MAX = 50_000;

export interface FoundToken {
  facts: TokenFacts;
  /** Whether the server has synchronous standbys, one of which may have taken its place unnoticed. */
  onReplicatedPrimary: boolean;
}

interface LookUp {
  publicId: string;
  found: (token: FoundToken | null) => void;
  failed: (error: unknown) => void;
}

@Injectable()
export class VerdictsRepository {
  private readonly lookUps = new Batcher<LookUp>((asked) => this.lookUp(asked), BATCHES.lookUps);
  /** A token that was good when it was found: what is read in place of those that do not exist. */
  private lastGood: string | null = null;

  constructor(
    @InVerifyLane() private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly proof: TokenProof,
    private readonly turns: Turns,
  ) {}

  /**
   * The token with this public id, of any business; null if there is none, which takes the same work (R6). The statement is sent to the primary after
   * the call; look-ups that arrive while others are in progress share the next statement. A token counts as revoked if
   * its row is not what this service wrote, or if the log has its end. Answers or fails within 2 s, including the wait
   * (R5). Askers take turns, and proofs go before verdicts.
   * @throws DomainError `request.rate_limited` when too much of the same asker waits already
   */
  findByPublicId(publicId: string, { kind, key }: Asker): Promise<FoundToken | null> {
    const look = (): Promise<FoundToken | null> =>
      new Promise((found, failed) => this.lookUps.submit({ publicId, found, failed }));
    return withTimeout(LOOK_UP_MS_MAX, this.turns.run(`${kind}-look-ups`, key, look));
  }

  /** Spares the work before a look-up that would be refused. @throws DomainError `request.rate_limited` */
  demandRoom({ kind, key }: Asker): void {
    this.turns.demandRoom(`${kind}-look-ups`, key);
  }

  private async lookUp(asked: readonly LookUp[]): Promise<void> {
    try {
      const tokens = await this.findAll([...new Set(asked.map(({ publicId }) => publicId))]);
      for (const { publicId, found } of asked) found(tokens.get(publicId) ?? null);
    } catch (error) {
      for (const { failed } of asked) failed(error);
    }
  }

  private async findAll(publicIds: readonly string[]): Promise<Map<string, FoundToken>> {
    const sentAt = thisMoment();
    const rows = await queryPrepared<TokenFactsRow>(this.dataSource, FIND_TOKENS, [publicIds, this.lastGood]);
    const found = new Map<string, FoundToken>();
    for (const row of rows) {
      this.clock.set(row.now_ms, sentAt);
      const revoked = this.proof.refuses(row) || row.revoked;
      const token = { facts: factsOf({ ...row, revoked }), onReplicatedPrimary: row.replicated };
      if (row.jti !== row.asked_jti) continue;
      found.set(row.jti, token);
      if (!revoked) this.lastGood = row.id;
    }
    return found;
  }

  /** The public ids of the platform's own tokens that begin with this: a few. */
  async findOfPlatform(publicIdPrefix: string): Promise<string[]> {
    const values = [publicIdPrefix, publicIdPrefix.length];
    const rows = await queryPrepared<{ jti: string }>(this.dataSource, FIND_OF_PLATFORM, values);
    return rows.map(({ jti }) => jti);
  }

  /** Which of the tokens with these public ids ended so long ago that the feed must have reported it. */
  findEndedLongAgo(publicIds: readonly string[]): Promise<{ jti: string; business_id: string | null }[]> {
    return queryPrepared(this.dataSource, ENDED_LONG_AGO, [publicIds]);
  }

  /** True when this verification got one of the uses that are left. */
  async claimUse({ id, business }: TokenFacts): Promise<boolean> {
    const claim = (): Promise<unknown[]> => queryPrepared(this.dataSource, CLAIM_USE, [id]);
    return (await this.turns.run('claimed-uses', business?.id ?? null, claim)).length > 0;
  }
}

/** null: it has none. */
const labelsOf = compiled<(row: TokenFactsRow) => TokenFacts['labels']>(
  'row',
  `${VERDICT_LABELS.map((name) => `row.${columnOf(name)} === null`).join(' && ')} ? null
    : ${literal(VERDICT_LABELS.map((name) => [name, `row.${columnOf(name)}`]))}`,
);

function factsOf(row: TokenFactsRow): TokenFacts {
  return {
    id: row.id,
    jti: row.jti,
    digest: row.digest.toString('latin1'),
    pepperId: sharedList([row.pepper_id])[0] as string,
    name: row.name,
    labels: labelsOf(row),
    scopes: sharedList(row.scopes),
    trustedIps: trustedIpsOf(row),
    business:
      row.business_id === null
        ? null
        : { id: row.business_id, suspended: row.business_suspended === true, stale: false },
    owner: ownerFactsOf(row),
    createdAtMs: row.created_at.getTime(),
    session: row.kind === 'api' ? null : { openedWith: row.issued_by_token },
    endsAtMs: endOf(row),
    revoked: row.revoked,
    usesLimited: row.uses_limit !== null,
    notedAtMs: 0,
  };
}

function endOf(row: TokenFactsRow): number {
  const end = Math.min(row.expires_at?.getTime() ?? Infinity, row.grace_ends_at?.getTime() ?? Infinity);
  if (row.kind === 'api') return end;
  return Math.min(end, row.idle_ends_at?.getTime() ?? -Infinity, row.opener_ends_at?.getTime() ?? Infinity);
}

/** A session is bound to what the token that it was opened with is bound to now. */
function trustedIpsOf({ trusted_ips, opener_trusted_ips }: TokenFactsRow): string[] | null {
  const ips = opener_trusted_ips ?? trusted_ips;
  return ips === null ? null : sharedList(ips);
}

function ownerFactsOf(row: TokenFactsRow): OwnerFacts {
  if (row.owner_kind === 'platform')
    return row.issued_to === null ? PLATFORM_OWNER : { ...PLATFORM_OWNER, issuedTo: row.issued_to };
  return {
    kind: row.owner_kind,
    id: row.owner_id,
    name: row.owner_name ?? '',
    email: row.owner_email,
    issuedTo: null,
    role: row.owner_role,
    present: row.owner_present,
    stale: false,
  };
}

function sharedList(values: string[]): string[] {
  const key = values.join(' ');
  const known = shared.get(key);
  if (known !== undefined) return known;
  if (shared.size >= SHARED_MAX) shared.clear();
  shared.set(key, values);
  return values;
}
