import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';

interface RecoveryCode {
  digest: Buffer;
  pepperId: string;
  createdAt: Date;
}

/** At most one recovery code of each business, without the code. */
@Injectable()
export class RecoveryCodesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The one that was not used yet. */
  async find(businessId: string): Promise<RecoveryCode | null> {
    const [row] = await inBusiness(this.dataSource, businessId, (manager) =>
      manager.query<{ digest: Buffer; pepper_id: string; created_at: Date }[]>(
        'SELECT digest, pepper_id, created_at FROM recovery_codes WHERE business_id = $1 AND used_at IS NULL',
        [businessId],
      ),
    );
    return row === undefined
      ? null
      : { digest: row.digest, pepperId: row.pepper_id, createdAt: row.created_at };
  }

  /** @returns whether it took the place of one that could still be used */
  async replace(
    businessId: string,
    { digest, pepperId }: Pick<RecoveryCode, 'digest' | 'pepperId'>,
    manager: EntityManager,
  ): Promise<boolean> {
    const [earlier] = await manager.query<[{ used_at: Date | null }[], number]>(
      'DELETE FROM recovery_codes WHERE business_id = $1 RETURNING used_at',
      [businessId],
    );
    await manager.query('INSERT INTO recovery_codes (business_id, digest, pepper_id) VALUES ($1, $2, $3)', [
      businessId,
      digest,
      pepperId,
    ]);
    return earlier[0]?.used_at === null;
  }

  /** @returns false when somebody else has used it, or it was replaced */
  async use(businessId: string, digest: Buffer, manager: EntityManager): Promise<boolean> {
    const [, used] = await manager.query<[unknown[], number]>(
      'UPDATE recovery_codes SET used_at = now() WHERE business_id = $1 AND digest = $2 AND used_at IS NULL',
      [businessId, digest],
    );
    return used === 1;
  }
}
