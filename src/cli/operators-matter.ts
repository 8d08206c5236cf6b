import { ConfigError } from '../config/environment.js';
import { GeneratedSecretError } from '../config/generated-secrets.js';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres.error.js';
import { SchemaNotReady } from '../database/service-user.js';
import { CannotListen } from './listen.js';
import { DatabaseUnreachable } from './schema.js';

const KINDS = [
  ConfigError,
  EmbeddedPostgresError,
  GeneratedSecretError,
  DatabaseUnreachable,
  SchemaNotReady,
  CannotListen,
];

/** Whether an error is one that the operator can mend, and whose message says how in one sentence. */
export function isOperatorsMatter(error: unknown): error is Error {
  return KINDS.some((kind) => error instanceof kind);
}
