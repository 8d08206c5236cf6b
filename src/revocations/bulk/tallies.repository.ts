import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { queryPreparedIn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, PLATFORM_ROWS } from '../../database/row-access.js';
import { authorOf, type Author } from './person.js';
import { LINEAGES, type LineageRow } from './revocation-requests.sql.js';

/** What author $2 has revoked alone in business $1 within a day. Uses revocation_tallies_of_business_idx. */
const OF_LAST_DAY: Prepared = {
  name: 'revocation_tallies_of_last_day',
  text: `SELECT coalesce(sum(tokens), 0)::float8 AS tokens FROM revocation_tallies
    WHERE business_id = $1 AND made_at > now() - interval '24 hours' AND author_keys && $2::text[]`,
};

const ADD: Prepared = {
  name: 'revocation_tally_add',
  text: 'INSERT INTO revocation_tallies (revocation_id, business_id, author_keys, tokens) VALUES ($1, $2, $3::text[], $4)',
};

/** How much one person has revoked alone, in a business or through all of them, where two may be needed. */
@Injectable()
export class TalliesRepository {
  /** What a token comes from does not change, and may be of another business: it is looked up on a session of its own. */
  async author(dataSource: DataSource, tokenId: string): Promise<Author> {
    const line = await acrossBusinesses(dataSource, (manager) =>
      queryPreparedIn<LineageRow>(manager, LINEAGES, [['asked'], [tokenId]]),
    );
    return authorOf(tokenId, line);
  }

  /** In a change, which holds the log of the business: nobody adds to it until the transaction ends. */
  async ofLastDay(businessId: string | null, { sought }: Author, manager: EntityManager): Promise<number> {
    const values = [businessId ?? PLATFORM_ROWS, sought];
    const [row] = await queryPreparedIn<{ tokens: number }>(manager, OF_LAST_DAY, values);
    return row?.tokens ?? 0;
  }

  async add(
    { id, businessId, tokens }: { id: string; businessId: string | null; tokens: number },
    { keys }: Author,
    manager: EntityManager,
  ): Promise<void> {
    await queryPreparedIn(manager, ADD, [id, businessId ?? PLATFORM_ROWS, keys, tokens]);
  }
}
