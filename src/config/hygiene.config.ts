import { registerAs } from '@nestjs/config';
import { integer } from './environment.js';

export const hygieneConfig = registerAs('hygiene', () => ({
  /** Pause between rounds in which tokens that expire soon, are unused or are old are looked for. */
  roundMs: integer('RESCIND_HYGIENE_MS', 3_600_000, 100, 86_400_000),
}));
