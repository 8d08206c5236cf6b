import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { IntegrityFaults, type IntegrityFault } from '../audit/sealing/integrity-faults.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { auditConfig } from '../config/audit.config.js';
import { TokenMacs, type BoundToken } from '../secrets/token-macs.js';
import type { TokenFactsRow } from './find-token.sql.js';

/** null: of a version that made no MAC. */
export type ReadToken = BoundToken & { mac: Buffer | null };

/**
 * Checks that the row of a token is what this service wrote, and was not put back to its state before a revocation or
 * rotation in the log. Every row that a look-up finds is checked, before it is answered or remembered.
 */
@Injectable()
export class TokenProof {
  constructor(
    private readonly macs: TokenMacs,
    private readonly faults: IntegrityFaults,
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
  ) {}

  /**
   * Returns true, and raises the alarm, if the row must not be believed. A row that is not active anyway is not checked
   * further.
   */
  refuses(row: TokenFactsRow): boolean {
    const { cut_off_differs: group, business_id: businessId } = row;
    if (group !== null) {
      this.faults.raise('cut_off_differs', logOfGroup(group, businessId), group);
      return true;
    }
    if (row.revoked || hasEnded(row.expires_at, row) || hasEnded(row.grace_ends_at, row)) return false;
    if (hasEnded(row.idle_ends_at, row) || hasEnded(row.opener_ends_at, row)) return false;
    const fault = this.rowFaultOf(row);
    if (fault !== null) this.faults.raise(fault, row.business_id ?? PLATFORM_LOG, row.id);
    return fault !== null;
  }

  /**
   * Checks a row from which another token is to be made. Returns false, and raises the alarm, unless this service wrote
   * it.
   */
  isGenuine(token: ReadToken): boolean {
    if (!this.isForged(token)) return true;
    this.faults.raise('token_forged', token.business_id ?? PLATFORM_LOG, token.id);
    return false;
  }

  private rowFaultOf(row: TokenFactsRow): IntegrityFault | null {
    if (row.logged_revoked === true) return 'token_unrevoked';
    const { grace_ends_at, logged_grace_ends_at } = row;
    if (logged_grace_ends_at !== null && (grace_ends_at === null || grace_ends_at > logged_grace_ends_at))
      return 'token_differs';
    return this.isForged(row) ? 'token_forged' : null;
  }

  /** Whether this service did not write what its MAC covers. */
  isForged({ mac, ...token }: ReadToken): boolean {
    return mac === null ? !this.config.adopts : this.macs.judge(token, mac) === 'forged';
  }
}

function hasEnded(end: Date | null, { now_ms }: TokenFactsRow): boolean {
  return end !== null && end.getTime() <= now_ms;
}

/** The log that contains the cut-off of a group. */
function logOfGroup(subject: string, businessId: string | null): string {
  const isOfPlatform = subject === 'platform' || subject.startsWith('pepper:');
  return isOfPlatform || businessId === null ? PLATFORM_LOG : businessId;
}
