import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { aToken } from '../../support/factories.js';
import { verify, exportOf } from '../../support/audit-export.js';
import { testRun } from '../../support/test-run.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

const pemOf = (isPrivate: boolean): string => {
  const key = createPrivateKey(testRun().secrets.RESCIND_SIGNING_KEY.replaceAll('\\n', '\n'));
  return isPrivate
    ? key.export({ type: 'pkcs8', format: 'pem' }).toString()
    : createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
};

it.each([
  ['private', true],
  ['public', false],
])(
  'with another signing key, and the %s part of the one before, all goes on and all of before holds',
  async (_, isPrivate) => {
    const directory = await mkdtemp(join(tmpdir(), 'rescind-checkpoints-'));
    const house = await TamperedHouse.start({ RESCIND_CHECKPOINT_DIR: directory });
    try {
      const log = await house.aLog(1);
      const [token] = log.tokens;
      await log.api.post(`/api/v1/tokens/${token!.id}/revoke`, { reason: 'lost' });
      const { body: receipt } = await log.api.get<string>(`/api/v1/tokens/${token!.id}/receipt`);
      await house.sealed(log.id);
      const { body: kept } = await log.api.get<string>('/api/v1/audit/checkpoint');
      const oldKey = pemOf(false);
      const { privateKey } = generateKeyPairSync('ed25519');
      await house.restart(() => Promise.resolve(), {
        RESCIND_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        RESCIND_SIGNING_KEY_RETIRED: pemOf(isPrivate),
      });
      await house.app.ready();
      const now = house.as(log);
      const { body: keys } = await now.api.get<JSONWebKeySet>('/.well-known/jwks.json');
      await compactVerify(receipt, createLocalJWKSet(keys));
      expect((await now.api.get(`/api/v1/tokens/${token!.id}/receipt`)).status).toBe(200);
      await aToken(now);
      await house.sealed(log.id);
      const { body: checkpoint } = await now.api.get<string>('/api/v1/audit/checkpoint');
      expect(Number(checkpoint.split('\n')[1])).toBeGreaterThan(Number(kept.split('\n')[1]));
      expect((await now.api.get('/api/v1/audit/events')).status).toBe(200);
      const { vkey } = (await now.api.get('/api/v1/audit/key')).body as { vkey: string };
      const ofThisLog = ['--origin', kept.split('\n')[0]!];
      const { code, failures } = await verify(await exportOf(now), [vkey, oldKey], [kept], ofThisLog);
      expect({ code, failures }).toEqual({ code: 0, failures: [] });
      await house.app.ready();
    } finally {
      await house.end();
      await rm(directory, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);
