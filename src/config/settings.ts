import { auditSinksConfig } from './audit-sinks.config.js';
import { auditConfig } from './audit.config.js';
import { databaseConfig } from './database.config.js';
import { httpConfig } from './http.config.js';
import { hygieneConfig, leaksConfig } from './leaks.config.js';
import { metricsConfig } from './metrics.config.js';
import { oidcConfig } from './oidc.config.js';
import { policyConfig } from './policy.config.js';
import { revocationConfig } from './revocation.config.js';
import { secretsConfig } from './secrets.config.js';
import { sessionConfig } from './session.config.js';
import { usageConfig } from './usage.config.js';
import { verificationConfig, verifierStreamConfig } from './verification.config.js';

/** What can be read before there is a database. */
export const EARLY_SETTINGS = [
  httpConfig,
  metricsConfig,
  oidcConfig,
  policyConfig,
  revocationConfig,
  verificationConfig,
  auditConfig,
  auditSinksConfig,
  hygieneConfig,
  leaksConfig,
  sessionConfig,
  usageConfig,
  verifierStreamConfig,
];

/** All of them: registered once, for every module. */
export const SETTINGS = [...EARLY_SETTINGS, databaseConfig, secretsConfig];
