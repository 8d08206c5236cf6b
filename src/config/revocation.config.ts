import { registerAs } from '@nestjs/config';
import { integer } from './environment.js';

export const revocationConfig = registerAs('revocation', () => ({
  /** Term of a verifier's lease. Shorter: frozen verifiers delay a revocation less; longer: fewer heartbeats. */
  leaseMs: integer('RESCIND_LEASE_MS', 1000, 100, 60_000),
  /** How long a revoke call may wait beyond the longest lease before it says that it could not confirm. */
  barrierMarginMs: 5000,
}));
