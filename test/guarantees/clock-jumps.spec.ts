import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from '../support/api.js';
import { sql } from '../support/databases.js';
import { aMember, aToken, type TestToken } from '../support/factories.js';
import { runDirectory } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { holdsLease, outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

const DAY_MS = 86_400_000;
const PRELOAD = new URL('torture/preload.mjs', `file://${import.meta.dirname}/`).href;

describe('wall clocks that are wrong, or jump', () => {
  let verifiers: Verifiers;
  const orders = new Map<Verifier, string>();
  const withWallClock = async (name: string, offsetMs: number): Promise<void> => {
    const file = join(runDirectory(), `orders-${name}.json`);
    const verifier = await verifiers.add({
      NODE_OPTIONS: `--import=${PRELOAD}`,
      TORTURE_ORDERS: file,
      TORTURE_WALL_OFFSET_MS: String(offsetMs),
    });
    orders.set(verifier, file);
  };
  beforeAll(async () => {
    verifiers = await startVerifiers(1, { RESCIND_LEASE_MS: '1000' });
    await withWallClock('ahead', 10 * DAY_MS);
    await withWallClock('behind', -10 * DAY_MS);
  });
  afterAll(() => verifiers.end());

  const everyone = async (token: TestToken, outcome: string): Promise<void> => {
    await waitFor(`everyone to say ${outcome}`, async () =>
      (await verifiers.verdicts(token)).every((each) => each === outcome),
    );
  };

  it('neither end a token early nor prolong it: expiry is compared on the clock of the database', async () => {
    const token = await aToken(verifiers.business, { expiresInDays: 5 });
    await everyone(token, 'active');
    await sql(
      verifiers.database.superuserUrl,
      `UPDATE tokens SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1`,
      [token.id],
    );
    await everyone(token, 'expired');
  });

  it('nor hide what was just done from the summary of the log', async () => {
    for (const { url } of verifiers.all) {
      const { status, body } = await new Api(url).within(verifiers.business.id).get('/api/v1/audit/summary');
      const sinceEndMs = Date.now() - Date.parse(body.to as string);
      expect([status, Math.abs(sinceEndMs) < 60_000, body.items.length > 0]).toEqual([200, true, true]);
    }
  });

  it('neither shorten nor lengthen what is issued, rotated or shown by the process that has them', async () => {
    const owner = await aMember(verifiers.business);
    for (const { url } of verifiers.all) {
      const api = new Api(url).within(verifiers.business.id);
      const named = { name: 'a day', expires_in_days: 1 };
      const issued = [
        await api.within(null).post('/api/v1/admin/tokens', named),
        await api.post('/api/v1/tokens', { ...named, owner_email: owner.email }),
      ];
      for (const { status, body } of issued) {
        expect([status, body.token_info.status]).toEqual([201, 'active']);
        const lifetimeMs = Date.parse(body.token_info.expires_at) - Date.parse(body.token_info.created_at);
        expect(Math.round(lifetimeMs / 60_000)).toBe(24 * 60);
      }
      const id = issued[1]?.body.token_info.id as string;
      const rotated = await api.post(`/api/v1/tokens/${id}/rotate`, { grace_seconds: 3600 });
      const { grace_ends_at: graceEndsAt, status } = rotated.body.replaced;
      expect([rotated.status, status]).toEqual([201, 'active']);
      const graceMs = Date.parse(graceEndsAt) - Date.parse(rotated.body.token_info.created_at);
      expect(Math.round(graceMs / 60_000)).toBe(60);
    }
  });

  it.each([
    ['forward', 20 * DAY_MS],
    ['backward', -20 * DAY_MS],
  ])(
    'that jump %s keep no verifier from refusing at once, nor from trusting its memory again',
    async (_, offsetMs) => {
      const tokens = [await aToken(verifiers.business), await aToken(verifiers.business)];
      for (const token of tokens) await verifiers.remember(token);
      for (const [{ pid }, file] of orders) {
        writeFileSync(file, JSON.stringify({ wallOffsetMs: offsetMs }));
        process.kill(pid, 'SIGUSR2');
      }
      for (const token of tokens) {
        const { status } = await verifiers.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
        expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
        expect(status).toBe(201);
      }
      for (const verifier of verifiers.all) await waitFor('a lease', () => holdsLease(verifier));
      const later = await aToken(verifiers.business, { expiresInDays: 1 });
      await everyone(later, 'active');
      for (const verifier of verifiers.all)
        expect(outcomeOf(await verify(verifier, verifiers.business, later))).toBe('active');
    },
    180_000,
  );
});
