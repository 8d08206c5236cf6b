import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { queryPreparedIn, type Prepared } from '../database/prepared.js';

/** When platform token $1 expires, or the token that session $1 was opened with. Uses tokens_pkey. */
const END_OF_ISSUER: Prepared = {
  name: 'tokens_end_of_issuer',
  text: `
SELECT CASE t.kind WHEN 'api' THEN t.expires_at ELSE (SELECT o.expires_at FROM tokens o WHERE o.id = t.issued_by_token) END AS ends_at
FROM tokens t WHERE t.id = $1 AND t.business_id IS NULL`,
};

/** What the platform's own tokens are issued with. */
@Injectable()
export class IssuersRepository {
  /**
   * When a token of the platform expires, which what it issues must not outlive; of a session, the token that it was opened
   * with. null: never, as for a session that was opened without a token.
   */
  async endOf(tokenId: string, manager: EntityManager): Promise<Date | null> {
    const [row] = await queryPreparedIn<{ ends_at: Date | null }>(manager, END_OF_ISSUER, [tokenId]);
    return row?.ends_at ?? null;
  }
}
