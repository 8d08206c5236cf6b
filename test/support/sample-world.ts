import { exchange, type Answer } from './exchange.js';
import { demandDocumented } from './documented-answer.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from './factories.js';
import type { Operation } from './operations.js';
import { sql } from './databases.js';
import { aSession } from './session.js';
import { sharedApp, type SharedApp } from './shared-app.js';
import { platformSecret } from './test-run.js';
import { waitFor } from './wait-for.js';

/** One business with one of everything that an address can name, for requests to arbitrary operations. */
export interface SampleWorld {
  app: SharedApp;
  business: TestBusiness;
  /** What a path parameter of this name can be filled with so that the thing exists. */
  idFor: (operation: Operation, parameter: string) => string;
}

export async function sampleWorld(): Promise<SampleWorld> {
  const app = await sharedApp();
  const business = await aBusiness();
  const member = await aMember(business);
  const { body: account } = await business.api.post(`/api/v1/members/${member.id}/accounts`, {
    issuer: 'https://id.example.com',
    subject: member.id,
  });
  const identity = await anIdentity(business);
  const token = await aToken(business, { member });
  const { id: cutOff } = await anIdentity(business);
  const { body: revocation } = await business.api.post('/api/v1/revocations', {
    selector: { identity: cutOff },
    reason: 'a sample',
  });
  await waitFor('a revocation to be done', async () => {
    const { body } = await business.api.get(`/api/v1/revocations/${revocation.id}`);
    return body.state === 'done';
  });
  const session = await aSession((await aToken(business, { member })).api);
  const [event] = await sql<{ id: string }>(
    app.databaseUrl,
    `SELECT id FROM audit_events WHERE business_id = $1 AND action = 'token.issued'`,
    [business.id],
  );
  const ids: Record<string, string | undefined> = {
    business_id: business.id,
    member_id: member.id,
    account_id: account.id as string,
    identity_id: identity.id,
    token_id: token.id,
    session_id: session.id,
    event_id: event?.id,
    revocation_id: revocation.id as string,
  };
  return { app, business, idFor: (_, parameter) => ids[parameter] ?? token.id };
}

interface RawRequest {
  secret?: string;
  businessId?: string;
  query?: string;
  contentType?: string;
  body?: string | Buffer;
}

/** Sends anything at all to an operation; the answer must be a documented one all the same. */
export async function askAnything(
  { app, business, idFor }: SampleWorld,
  operation: Operation,
  raw: RawRequest,
): Promise<Answer & { code: string | undefined }> {
  const headers: [string, string][] = [['authorization', `Bearer ${raw.secret ?? platformSecret()}`]];
  if (operation.needsBusiness) headers.push(['x-business-id', raw.businessId ?? business.id]);
  if (raw.contentType !== undefined) headers.push(['content-type', raw.contentType]);
  const path = operation.address((parameter) => idFor(operation, parameter));
  const answer = await exchange(app.url, {
    method: operation.method,
    path: path + (raw.query ?? ''),
    headers,
    body: raw.body,
  });
  const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
  const body: unknown = isJson ? JSON.parse(answer.text) : answer.text;
  await demandDocumented(
    app.url,
    operation.method,
    path,
    { status: answer.status, body },
    operation.needsBusiness,
  );
  return { ...answer, code: (body as { code?: string }).code };
}

/** Resolves when no revocation of many tokens is being marked any more, whoever began it: that writes in the background. */
export async function markingIsOver(databaseUrl: string): Promise<void> {
  await waitFor('every revocation to be done', async () => {
    const [row] = await sql<{ open: number }>(
      databaseUrl,
      `SELECT (SELECT count(*) FROM revocations WHERE state = 'marking')::int
         + (SELECT count(*) FROM revocation_requests WHERE state = 'marking')::int AS open`,
    );
    return row?.open === 0;
  });
}

/**
 * How many rows there are of whatever a request can write, events by their action. Denials and refused uses are written on
 * purpose, and some time later, as are reads of the log and searches: they do not count, nor does what the service tells by itself.
 */
export async function writtenRows({ app }: SampleWorld): Promise<Record<string, unknown>> {
  await markingIsOver(app.databaseUrl);
  const [counts] = await sql<Record<string, unknown>>(
    app.databaseUrl,
    `SELECT (SELECT count(*)::int FROM businesses) AS businesses, (SELECT count(*)::int FROM members) AS members,
       (SELECT count(*)::int FROM member_accounts) AS accounts,
       (SELECT count(*)::int FROM identities) AS identities, (SELECT count(*)::int FROM tokens) AS tokens,
       (SELECT count(*)::int FROM tokens WHERE revoked_at IS NOT NULL AND revoked_by <> 'policy') AS revoked,
       (SELECT json_object_agg(action, events ORDER BY action) FROM (SELECT action, count(*)::int AS events FROM audit_events
          WHERE action NOT IN ('access.denied', 'authentication.failed', 'audit.read', 'audit.exported', 'token.searched', 'token.use_refused')
            AND actor_kind <> 'system'
          GROUP BY action) AS e) AS events`,
  );
  return counts as Record<string, unknown>;
}
