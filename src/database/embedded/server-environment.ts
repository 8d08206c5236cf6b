/**
 * The environment of the PostgreSQL programs. It contains nothing of ours, so that no secret of the application can
 * be read from the server's process, and no PG* variable or locale of the user has an effect.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
