import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryPreparedIn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';

interface KeptBarrierRow {
  tokenId: string;
  businessId: string | null;
  facts: unknown;
  mac: Buffer;
}

const KEEP: Prepared = {
  name: 'keep_barriers',
  text: `
INSERT INTO revocation_barriers (token_id, business_id, facts, mac)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::bytea[]) ON CONFLICT DO NOTHING`,
};

/** Rows of revocation_barriers. */
@Injectable()
export class KeptBarriersRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Rows that exist are not changed. */
  async keep(rows: readonly KeptBarrierRow[]): Promise<void> {
    await acrossBusinesses(this.dataSource, (manager) =>
      queryPreparedIn(manager, KEEP, [
        rows.map(({ tokenId }) => tokenId),
        rows.map(({ businessId }) => businessId ?? PLATFORM_ROWS),
        rows.map(({ facts }) => JSON.stringify(facts)),
        rows.map(({ mac }) => mac),
      ]),
    );
  }

  async find(businessId: string | null, tokenId: string): Promise<{ facts: unknown; mac: Buffer } | null> {
    const [row] = await inBusiness(this.dataSource, businessId, (manager) =>
      manager.query<{ facts: unknown; mac: Buffer }[]>(
        'SELECT facts, mac FROM revocation_barriers WHERE token_id = $1 AND business_id = $2',
        [tokenId, businessId ?? PLATFORM_ROWS],
      ),
    );
    return row ?? null;
  }
}
