import { witnessPolicyOf } from '../audit/proofs/installed-policy.js';
import { auditConfig } from '../config/audit.config.js';
import { workerCount } from '../config/http.config.js';
import { refuseUnknownSettings } from '../config/known-settings.js';
import { EARLY_SETTINGS } from '../config/settings.js';
import { report } from './report.js';

/**
 * Reads every setting that needs no database, so that a wrong one is reported before anything is started. @throws
 * ConfigError
 */
export function checkSettings(): void {
  refuseUnknownSettings(report);
  workerCount();
  for (const read of EARLY_SETTINGS) read();
  witnessPolicyOf(auditConfig());
}
