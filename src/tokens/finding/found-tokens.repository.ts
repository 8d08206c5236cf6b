import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf, queryPreparedOn, type Prepared } from '../../database/prepared.js';
import { EVERY_BUSINESS } from '../../database/row-access.js';
import { tokenFrom } from '../token-rows.sql.js';
import type { Token } from '../token.entity.js';
import {
  BY_PREVIEW,
  BY_PREVIEW_ANYWHERE,
  BY_PUBLIC_ID,
  BY_PUBLIC_ID_ANYWHERE,
  type ProvableTokenRow,
} from './find-tokens.sql.js';

/** A token, and the data to prove its secret, which is never shown. */
export interface ProvableToken {
  token: Token;
  /** 32 bytes as latin1. */
  digest: string;
  pepperId: string;
}

/** Reading so many rows takes the event loop a few milliseconds. */
const PART = 100;

/** Finds tokens by traces of them. Reads only the tokens' own rows: asks for no verdict, and notes no use. */
@Injectable()
export class FoundTokensRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param businessId null: of every business, and of the platform */
  byPublicId(businessId: string | null, publicIds: readonly string[]): Promise<ProvableToken[]> {
    return this.read(businessId, businessId === null ? BY_PUBLIC_ID_ANYWHERE : BY_PUBLIC_ID, publicIds);
  }

  /** @param businessId null: of every business, and of the platform */
  byPreview(businessId: string | null, previews: readonly string[]): Promise<ProvableToken[]> {
    return this.read(businessId, businessId === null ? BY_PREVIEW_ANYWHERE : BY_PREVIEW, previews);
  }

  private async read(
    businessId: string | null,
    statement: Prepared,
    names: readonly string[],
  ): Promise<ProvableToken[]> {
    const found: ProvableToken[] = [];
    for (let start = 0; start < names.length; start += PART) {
      const values = [names.slice(start, start + PART), ...(businessId === null ? [] : [businessId])];
      const rowAccess = businessId ?? EVERY_BUSINESS;
      const rows = await queryPreparedOn<ProvableTokenRow>(
        poolOf(this.dataSource),
        { ...statement, rowAccess },
        values,
      );
      for (const { digest, pepperId, ...row } of rows)
        found.push({ token: tokenFrom(row), digest: digest.toString('latin1'), pepperId });
    }
    return found;
  }
}
