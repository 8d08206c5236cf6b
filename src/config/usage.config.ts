import { registerAs } from '@nestjs/config';
import { integer, oneOf } from './environment.js';

/** `counts`: without addresses and user agents. */
export const USAGE_RECORDING = ['full', 'counts', 'off'] as const;
export type UsageRecording = (typeof USAGE_RECORDING)[number];

export const usageConfig = registerAs('usage', () => ({
  recording: oneOf('RESCIND_USAGE', 'full', USAGE_RECORDING),
  /** For how long it is kept. */
  days: integer('RESCIND_USAGE_DAYS', 90, 1, 3650),
}));
