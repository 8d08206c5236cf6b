import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { poolOf, type Prepared, queryPreparedOn } from '../../database/prepared.js';
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

const columns = `SELECT t.digest, t.pepper_id AS "pepperId", ${TOKEN_COLUMNS}`;
const ofBusiness = 'AND t.business_id = $2';

/** The tokens with the public ids $1, of business $2. Uses tokens_jti_key. */
const BY_PUBLIC_ID: Prepared = {
  name: 'find_by_public_id',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.jti = ANY ($1::text[]) ${ofBusiness}`,
};

/** The same of every business, and of the platform. */
const BY_PUBLIC_ID_ANYWHERE: Prepared = {
  name: 'find_by_public_id_anywhere',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.jti = ANY ($1::text[])`,
};

/** The tokens with the previews $1, of business $2: few tokens share a preview. Uses tokens_preview_idx. */
const BY_PREVIEW: Prepared = {
  name: 'find_by_preview',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.token_prefix = ANY ($1::text[]) ${ofBusiness} LIMIT 1000`,
};

/** The same of every business, and of the platform. */
const BY_PREVIEW_ANYWHERE: Prepared = {
  name: 'find_by_preview_anywhere',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.token_prefix = ANY ($1::text[]) LIMIT 1000`,
};

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
