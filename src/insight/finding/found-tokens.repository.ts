import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf, queryPreparedOn } from '../../database/prepared.js';
import { EVERY_BUSINESS } from '../../database/row-access.js';
import {
  OWNERS_OF_TOKENS,
  TOKEN_COLUMNS,
  tokenFrom,
  type TokenRow,
} from '../../token-rows/token-rows.sql.js';
import type { Token } from '../../token-rows/token.entity.js';

/** A token, with the data to prove its secret. */
interface ProvableTokenRow extends TokenRow {
  digest: Buffer;
  pepperId: string;
}

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

  /** Uses tokens_jti_key. @param businessId null: of every business, and of the platform */
  byPublicId(businessId: string | null, publicIds: readonly string[]): Promise<ProvableToken[]> {
    return this.read('jti', businessId, publicIds);
  }

  /** Few tokens share a preview. Uses tokens_preview_idx. @param businessId null: of every business, and of the platform */
  byPreview(businessId: string | null, previews: readonly string[]): Promise<ProvableToken[]> {
    return this.read('token_prefix', businessId, previews);
  }

  private async read(
    column: 'jti' | 'token_prefix',
    businessId: string | null,
    names: readonly string[],
  ): Promise<ProvableToken[]> {
    const ofBusiness = businessId === null ? '' : 'AND t.business_id = $2';
    const text = `SELECT t.digest, t.pepper_id AS "pepperId", ${TOKEN_COLUMNS} FROM tokens t ${OWNERS_OF_TOKENS}
  WHERE t.kind = 'api' AND t.${column} = ANY ($1::text[]) ${ofBusiness} ${column === 'jti' ? '' : 'LIMIT 1000'}`;
    const name = `find_by_${column}${businessId === null ? '_anywhere' : ''}`;
    const statement = { name, text, rowAccess: businessId ?? EVERY_BUSINESS };
    const found: ProvableToken[] = [];
    for (let start = 0; start < names.length; start += PART) {
      const values = [names.slice(start, start + PART), ...(businessId === null ? [] : [businessId])];
      const rows = await queryPreparedOn<ProvableTokenRow>(poolOf(this.dataSource), statement, values);
      for (const { digest, pepperId, ...row } of rows)
        found.push({ token: tokenFrom(row), digest: digest.toString('latin1'), pepperId });
    }
    return found;
  }
}
