import type { Token } from './token.entity.js';

/** The one moment at which a secret exists outside its client. */
export interface IssuedToken {
  secret: string;
  token: Token;
}
