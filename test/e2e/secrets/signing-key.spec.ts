import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { rescind } from '../../cli/rescind-command.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { testRun } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const aKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const kidOf = async (pem: string): Promise<string> =>
  calculateJwkThumbprint(await exportJWK(createPublicKey(createPrivateKey(pem))));

describe('the signing key of a database', () => {
  const first = testRun().secrets.RESCIND_SIGNING_KEY;
  let database: TestDatabase;
  let app: RescindProcess;
  beforeEach(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
  });
  afterEach(async () => {
    await app.stop();
    await database.drop();
  });

  it('must be the same: another one refuses to start', async () => {
    const RESCIND_SIGNING_KEY = aKey();
    const settings = { DATABASE_URL: serviceUrlOf(database.url), RESCIND_SIGNING_KEY };
    const [was, is] = [await kidOf(first), await kidOf(RESCIND_SIGNING_KEY)];
    const { code, stderr } = await rescind(['serve'], settings, true).ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `rescind: The signing key of this database is ${was}, and RESCIND_SIGNING_KEY is another (${is}): give all processes the same, or, to change it, set RESCIND_SIGNING_KEY_RETIRED=${was} as well.\n`,
    });
    // Whoever was refused has not judged the log under its own key either.
    expect(await sql(database.superuserUrl, 'SELECT fault FROM integrity_faults')).toEqual([]);
  });

  it('is changed by naming the one before; a running process with that one is not ready until it knows', async () => {
    const env = { RESCIND_SIGNING_KEY: aKey(), RESCIND_SIGNING_KEY_RETIRED: await kidOf(first) };
    // What is not sealed yet only the private key of before can check.
    await waitFor('the log to be sealed under the key before', async () => {
      const logs = await sql<{ sealed: boolean | null }>(
        database.superuserUrl,
        'SELECT t.size = h.size AS sealed FROM audit_heads h LEFT JOIN audit_trees t USING (business_id)',
      );
      return logs.length > 0 && logs.every(({ sealed }) => sealed === true);
    });
    const changed = await startRescind({ databaseUrl: database.url, env });
    try {
      const kid = await kidOf(env.RESCIND_SIGNING_KEY);
      await changed.ready();
      const { text } = await exchange(changed.url, { method: 'GET', path: '/.well-known/jwks.json' });
      // What the one before has signed can still be checked.
      expect(JSON.parse(text)).toMatchObject({ keys: [{ kid }, { kid: await kidOf(first) }] });
      const secrets = await waitFor('the old process to notice', async () => {
        const answer = await exchange(app.url, { method: 'GET', path: '/health/ready' });
        return answer.status === 503 ? (JSON.parse(answer.text) as { secrets: unknown }).secrets : undefined;
      });
      expect(secrets).toMatchObject({ status: 'down', detail: expect.stringContaining(kid) as unknown });
    } finally {
      await changed.stop();
    }
  });
});
