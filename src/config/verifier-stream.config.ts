import { registerAs } from '@nestjs/config';
import { integer } from './environment.js';

export const verifierStreamConfig = registerAs('verifierStream', () => ({
  /** Client verifiers that may be connected to this process. */
  streamsMax: integer('RESCIND_VERIFIER_STREAMS_MAX', 1000, 1, 100_000),
}));
