import type { Prepared } from '../../database/prepared.js';
import { OWNERS_OF_TOKENS, TOKEN_COLUMNS, type TokenRow } from '../token-rows.sql.js';

/** A token, with the data to prove its secret. */
export interface ProvableTokenRow extends TokenRow {
  digest: Buffer;
  pepperId: string;
}

const columns = `SELECT t.digest, t.pepper_id AS "pepperId", ${TOKEN_COLUMNS}`;
const ofBusiness = 'AND t.business_id = $2';

/** The tokens with the public ids $1, of business $2. Uses tokens_jti_key. */
export const BY_PUBLIC_ID: Prepared = {
  name: 'find_by_public_id',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.jti = ANY ($1::text[]) ${ofBusiness}`,
};

/** The same of every business, and of the platform. */
export const BY_PUBLIC_ID_ANYWHERE: Prepared = {
  name: 'find_by_public_id_anywhere',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.jti = ANY ($1::text[])`,
};

/** The tokens with the previews $1, of business $2: few tokens share a preview. Uses tokens_preview_idx. */
export const BY_PREVIEW: Prepared = {
  name: 'find_by_preview',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.token_prefix = ANY ($1::text[]) ${ofBusiness} LIMIT 1000`,
};

/** The same of every business, and of the platform. */
export const BY_PREVIEW_ANYWHERE: Prepared = {
  name: 'find_by_preview_anywhere',
  text: `${columns} FROM tokens t ${OWNERS_OF_TOKENS} WHERE t.kind = 'api' AND t.token_prefix = ANY ($1::text[]) LIMIT 1000`,
};
