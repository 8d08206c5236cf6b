import type { Token } from '../token-rows/token.entity.js';

/** A token with its secret: the only moment at which the secret exists outside its client. */
export interface IssuedToken {
  secret: string;
  token: Token;
}
