import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { GenuineEvents } from '../audit/reading/genuine-events.js';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { inBusinesses, PLATFORM_ROWS } from '../database/row-access.js';
import { isAsLogged, loggedRevocation } from './logged-state.js';
import { ReconciliationRepository } from './reconciliation.repository.js';
import type { Token } from '../token-rows/token.entity.js';

type Look = <Result>(work: (manager: EntityManager) => Promise<Result>) => Promise<Result>;

/** A revoked token, and the facts of its revocation, as its row says them. */
interface StatedRevocation {
  id: string;
  businessId: string | null;
  revokedAt: Date;
  revokedBy: string | null;
  reason: string | null;
  revokedWith: string | null;
}

/**
 * Has answers state revocations as the log does, whatever the rows say: nothing in a row proves who revoked it, when and
 * why. A row that differs raises a fault. What retention has dropped, and a token that was cut off and is not marked yet, is
 * stated as it is.
 */
@Injectable()
export class StatedRevocations {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: ReconciliationRepository,
    private readonly genuine: GenuineEvents,
    private readonly faults: IntegrityFaults,
  ) {}

  /** The same tokens, corrected. */
  async ofTokens(tokens: Token[]): Promise<Token[]> {
    const stated = tokens.flatMap(({ revokedAt, revocationReason: reason, ...row }) =>
      revokedAt === null ? [] : [{ ...row, revokedAt, reason }],
    );
    const businesses = [...new Set(stated.map(({ businessId }) => businessId ?? PLATFORM_ROWS))];
    const logged = await this.logged(stated, (work) => inBusinesses(this.dataSource, businesses, work));
    for (const token of tokens) {
      const said = logged.get(token.id);
      if (said === undefined) continue;
      const { revokedAt, revokedBy, reason: revocationReason, revokedWith } = said;
      Object.assign(token, { revokedAt, revokedBy, revocationReason, revokedWith });
    }
    return tokens;
  }

  /** Of those that differ from the log: what it says. */
  async logged(
    stated: readonly StatedRevocation[],
    look: Look,
  ): Promise<Map<string, Omit<StatedRevocation, 'id' | 'businessId'>>> {
    const differing = new Map<string, Omit<StatedRevocation, 'id' | 'businessId'>>();
    if (stated.length === 0) return differing;
    const rows = new Map(stated.map((row) => [row.id, row]));
    const events = await look((manager) => this.rows.recordedRevocations([...rows.keys()], true, manager));
    for (const event of await this.genuine.genuine(events)) {
      const row = rows.get(event.target_id as string) as StatedRevocation;
      const logged = loggedRevocation(event);
      if (isAsLogged(row, logged)) continue;
      this.faults.raise('token_differs', row.businessId ?? PLATFORM_LOG, row.id);
      const { revokedBy = row.revokedBy } = logged;
      differing.set(row.id, { ...logged, revokedBy });
    }
    return differing;
  }
}
