import { witnessPolicyOf } from '../audit/witnesses/installed-policy.js';
import { auditConfig } from '../config/audit.config.js';
import { auditSinksConfig } from '../config/audit-sinks.config.js';
import { httpConfig, workerCount } from '../config/http.config.js';
import { refuseUnknownSettings } from '../config/known-settings.js';
import { metricsConfig } from '../config/metrics.config.js';
import { oidcConfig } from '../config/oidc.config.js';
import { policyConfig } from '../config/policy.config.js';
import { revocationConfig } from '../config/revocation.config.js';
import { verificationConfig } from '../config/verification.config.js';
import { report } from './report.js';

/**
 * Reads every setting that needs no database, so that a wrong one is reported before anything is started. @throws
 * ConfigError
 */
export function checkSettings(): void {
  refuseUnknownSettings(report);
  workerCount();
  for (const slice of [
    httpConfig,
    metricsConfig,
    oidcConfig,
    policyConfig,
    revocationConfig,
    verificationConfig,
    auditConfig,
    auditSinksConfig,
  ])
    slice();
  witnessPolicyOf(auditConfig());
}
