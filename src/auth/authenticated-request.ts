import type { FastifyRequest } from 'fastify';
import type { Principal } from './principal.js';

/** A request after the guards: who calls, and for which business. */
export interface AuthenticatedRequest extends FastifyRequest {
  /** Set by the bearer guard; passport's name for it. */
  user: Principal;
  /** Set by the business guard: proven to be one that the principal may act in. */
  businessId?: string;
}
