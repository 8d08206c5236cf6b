import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface TestRun {
  /** Owner of every test database; may create databases and roles, is no superuser. */
  postgresUrl: string;
  /** As the user that services log in as; of a database without a schema. */
  serviceUrl: string;
  /** The migrated, empty database that clones are made of. */
  template: string;
  /** The settings that a service beside DATABASE_URL must have. */
  secrets: { RESCIND_PEPPER: string; RESCIND_SIGNING_KEY: string; RESCIND_BOOTSTRAP_TOKEN: string };
}

/** Holds the logs of every process, the ids of the running ones, and the secrets that were handed out. */
export function runDirectory(): string {
  const directory = process.env.TEST_RUN_DIRECTORY;
  if (directory === undefined)
    throw new Error('this test belongs in the project of jest.config.mjs that has a database');
  return directory;
}

let run: TestRun | undefined;

export function testRun(): TestRun {
  run ??= JSON.parse(readFileSync(join(runDirectory(), 'run.json'), 'utf8')) as TestRun;
  return run;
}

/** The secret of a platform token that every test application accepts. */
export function platformSecret(): string {
  return testRun().secrets.RESCIND_BOOTSTRAP_TOKEN;
}

/** Remembers a secret, so that the end of the run can look for it in the logs of all processes. */
export function noteSecret(secret: string): void {
  appendFileSync(join(runDirectory(), 'secrets.txt'), `${secret}\n`, { mode: 0o600 });
}
