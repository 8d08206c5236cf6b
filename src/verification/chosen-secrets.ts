import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CHOSEN_PUBLIC_ID_PREFIX, chosenPublicIdOf } from '../secrets/secret-format.js';

/**
 * The few secrets that an operator chose and that carry no checksum, known by their public ids, so that garbage
 * is still refused without asking the database.
 */
@Injectable()
export class ChosenSecrets {
  private publicIds: ReadonlySet<string> = new Set();

  constructor(private readonly dataSource: DataSource) {}

  /** Reads them once, after bootstrap and before the first request: none can be added later. */
  async load(): Promise<void> {
    const rows = await this.dataSource.query<{ jti: string }[]>(
      `SELECT jti FROM tokens WHERE business_id IS NULL AND left(jti, ${CHOSEN_PUBLIC_ID_PREFIX.length}) = $1`,
      [CHOSEN_PUBLIC_ID_PREFIX],
    );
    this.publicIds = new Set(rows.map(({ jti }) => jti));
  }

  publicIdOf(secret: string): string | null {
    if (this.publicIds.size === 0) return null;
    const publicId = chosenPublicIdOf(secret);
    return publicId !== null && this.publicIds.has(publicId) ? publicId : null;
  }
}
