import pg from 'pg';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { operationsOf, type DocumentName } from '../../support/operations.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { aSubject, BUSINESS_CHANGES, PLATFORM_CHANGES, type Subject } from './changes.js';

/** Whoever holds a secret may end or renew it: its holder is asked, and nobody else. */
const BY_POSSESSION = /^POST \/(oauth|api\/agent|api\/v1\/auth\/token\/|leaks\/)/;
/** Whoever presents a code or a logout token is nobody that could be ended before. */
const OF_NOBODY = new Set(['POST /sign-in/recovery', 'POST /sign-in/oidc/{provider}/back-channel-logout']);
/** Questions with a body. */
const QUESTIONS = new Set([
  'POST /api/v1/tokens/verify',
  'POST /api/v1/tokens/verify-batch',
  'POST /api/v1/tokens/find',
  'POST /gateway/authorize',
]);
/** Needs a setting of the service: made as that of a business is, which is tried here. */
const BY_SETTING = new Set([
  'POST /api/v1/admin/revocations/{revocation_id}/approve',
  'POST /api/v1/admin/revocations/{revocation_id}/decline',
]);
/** The caller's own, which they may revoke whatever has become of them: see `a token may still end itself`. */
const OWN_ONLY = new Set(['DELETE /api/public/v1/tokens/{tokenId}', 'POST /api/v1/sessions/current/end']);

const EVENTS = `SELECT count(*)::int AS count FROM audit_events WHERE actor_token_id = $1 AND outcome = 'success'`;
const STATE = `SELECT md5(string_agg(row, ',' ORDER BY row)) AS state FROM (
  SELECT md5(businesses::text) AS row FROM businesses UNION ALL SELECT md5(members::text) FROM members
  UNION ALL SELECT md5(identities::text) FROM identities UNION ALL SELECT md5(audit_retention::text) FROM audit_retention
  UNION ALL SELECT md5(identity_token_auth::text) FROM identity_token_auth UNION ALL SELECT md5(member_accounts::text) FROM member_accounts
  UNION ALL SELECT md5(groups::text) FROM groups UNION ALL SELECT md5(group_members::text) FROM group_members
  UNION ALL SELECT md5(role_mappings::text) FROM role_mappings UNION ALL SELECT md5(scim_users::text) FROM scim_users UNION ALL SELECT md5(revocations::text) FROM revocations
  UNION ALL SELECT md5(revocation_requests::text) FROM revocation_requests
  UNION ALL SELECT md5((to_jsonb(tokens) - 'last_used_at' - 'last_used_hour')::text) FROM tokens) rows`;
const WAITING = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'change_begin|audit_lock_every_log'`;

describe('R1: a change that was under way when its author was ended', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let business: TestBusiness;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    business = await aBusiness({ url: rescind.url });
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  const anActor = {
    owner: async () => aToken(business, { member: await aMember(business, 'owner') }),
    platform: async () => {
      const { body } = await (await platform(rescind.url)).post('/api/v1/admin/tokens', { name: 'actor' });
      const secret = body.token as string;
      return { id: body.token_info.id as string, api: business.api.as(secret) };
    },
  };

  /** The state of the house once `request` waited while its author was ended, and how it was answered. */
  async function overtaken(
    actor: keyof typeof anActor,
    request: (subject: Subject) => Promise<{ status: number }>,
    end: (author: string) => { text: string; values: unknown[] },
  ) {
    const { id, api } = await anActor[actor]();
    const subject = await aSubject({ id, api }, business);
    const operator = new pg.Client({ connectionString: database.superuserUrl });
    await operator.connect();
    try {
      await operator.query('BEGIN');
      await operator.query('SELECT FROM audit_heads ORDER BY business_id FOR UPDATE');
      await operator.query(end(id));
      // What the service records by itself waits for the logs as well.
      const waiting = async (): Promise<number> =>
        (await sql<{ count: number }>(database.superuserUrl, WAITING))[0]?.count ?? 0;
      const others = await waiting();
      const answer = request(subject);
      await waitFor('the change to wait for the log', async () => (await waiting()) > others);
      const { rows: before } = await operator.query<{ state: string }>(STATE);
      await operator.query('COMMIT');
      const { status } = await answer;
      const [after] = await sql<{ state: string }>(database.superuserUrl, STATE);
      const [events] = await sql<{ count: number }>(database.superuserUrl, EVENTS, [id]);
      return { status, changed: before[0]?.state !== after?.state, events: events?.count };
    } finally {
      await operator.end();
    }
  }

  const revoked = (id: string) => ({
    text: `UPDATE tokens SET revoked_at = now(), revoked_by = 'operator' WHERE id = $1`,
    values: [id],
  });
  const removed = (id: string) => ({
    text: 'UPDATE members SET removed_at = now() WHERE id = (SELECT member_id FROM tokens WHERE id = $1)',
    values: [id],
  });
  const demoted = (id: string) => ({
    text: `UPDATE members SET role = 'admin' WHERE id = (SELECT member_id FROM tokens WHERE id = $1)`,
    values: [id],
  });

  it('every documented route that changes something is tried here', async () => {
    const documents: DocumentName[] = ['native', 'opentrain', 'infisical', 'vcita', 'scim'];
    const documented = new Set<string>();
    for (const name of documents) {
      const { operations } = await operationsOf(rescind.url, name);
      for (const { method, path } of operations) if (method !== 'GET') documented.add(`${method} ${path}`);
    }
    const tried = new Set([...Object.keys(BUSINESS_CHANGES), ...Object.keys(PLATFORM_CHANGES)]);
    const untried = [...documented].filter(
      (name) =>
        !tried.has(name) &&
        !BY_POSSESSION.test(name) &&
        !OF_NOBODY.has(name) &&
        !QUESTIONS.has(name) &&
        !OWN_ONLY.has(name) &&
        !BY_SETTING.has(name),
    );
    expect(untried).toEqual([]);
  });

  describe.each([
    ['after the revocation of an owner', revoked, 401],
    ['after the removal of its member', removed, 401],
    ['with a larger role than the member has left', demoted, 403],
  ])('changes nothing %s:', (_, end, status) => {
    it.each(Object.entries(BUSINESS_CHANGES))('%s', async (_name, request) => {
      expect(await overtaken('owner', request, end)).toEqual({ status, changed: false, events: 0 });
    });
  });

  it.each(Object.keys(PLATFORM_CHANGES))(
    '%s changes nothing after the revocation of a platform token',
    async (name) => {
      const result = await overtaken('platform', PLATFORM_CHANGES[name] as never, revoked);
      expect(result).toEqual({ status: 401, changed: false, events: 0 });
    },
  );

  it('nor does one of a business that a platform token acts in', async () => {
    const result = await overtaken('platform', BUSINESS_CHANGES['POST /api/v1/tokens'] as never, revoked);
    expect(result).toEqual({ status: 401, changed: false, events: 0 });
  });

  it('a token may still end itself', async () => {
    const { status } = await overtaken(
      'owner',
      ({ api, actorId }) => api.post(`/api/v1/tokens/${actorId}/revoke`),
      revoked,
    );
    expect(status).toBe(201);
  });

  // Last: a cut-off that the log has not told of has the whole business refused.
  it('nor after its member, or its business, was cut off', async () => {
    const cutOff = (shape: string, subject: string) => (id: string) => ({
      text: `WITH seeing AS MATERIALIZED (SELECT set_config('app.business_id', '*', true))
        INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by)
        SELECT gen_random_uuid(), business_id, '${shape}', ${subject}, '{}', now(), 'operator' FROM seeing, tokens WHERE id = $1`,
      values: [id],
    });
    for (const end of [cutOff('owner', 'member_id::text'), cutOff('business', 'business_id::text')]) {
      const result = await overtaken('owner', BUSINESS_CHANGES['POST /api/v1/members'] as never, end);
      // What was cut off may be marked meanwhile, which is a change of its own.
      expect(result).toMatchObject({ status: 401, events: 0 });
    }
  });
});
