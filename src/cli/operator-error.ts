import { ConfigError } from '../config/environment.js';
import { GeneratedSecretError } from '../config/generated-secrets.js';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres.error.js';
import { SchemaNotReady } from '../database/service-user.js';
import { ForeignSecret } from '../secret-register/foreign-secret.js';
import { CannotListen } from './cannot-listen.js';
import { DatabaseUnreachable } from './schema.js';

const KINDS = [
  ConfigError,
  EmbeddedPostgresError,
  GeneratedSecretError,
  DatabaseUnreachable,
  SchemaNotReady,
  ForeignSecret,
  CannotListen,
];

/** Whether the operator can fix the error, and its message says how in one sentence. */
export function isOperatorError(error: unknown): error is Error {
  return KINDS.some((kind) => error instanceof kind);
}
