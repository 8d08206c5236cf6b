import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { eventOf, type StoredEvent } from '../../../src/audit/trail/stored-event.js';
import { sql } from '../../support/databases.js';
import type { Answer } from '../../support/exchange.js';
import { postForm } from '../../support/form.js';
import { DOCUMENTS, operationsOf, type DocumentName, type Operation } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import { DIALECT_CHANGES } from './dialect-changes.js';
import { NATIVE_CHANGES } from './native-changes.js';
import { aWorld, named, type RecordedOperation, type SentChange } from './sent-changes.js';

const RECORDED = { ...NATIVE_CHANGES, ...DIALECT_CHANGES };

/** Operations that ask, though not by GET. */
const ASKING = ['findTokens', 'verifyToken', 'verifyTokens', 'introspect'];

/** Operations that nobody can call here, and where they are tried instead. */
const ELSEWHERE = {
  revokeTokensOfPlatform:
    'ends every token there is: test/guarantees/cut-offs; it records as revokeTokens does',
  approvePlatformRevocation:
    'needs a setting of the service: it records as approveRevocation does, test/e2e/bulk-revocations',
  declinePlatformRevocation:
    'needs a setting of the service: it records as declineRevocation does, test/e2e/bulk-revocations',
  endSessionsOfProvider: 'signed by a provider: test/e2e/sign-in/logout.spec.ts',
  signInWithRecoveryCode: 'takes a code that the command line makes: test/e2e/sign-in/recovery.spec.ts',
  reportLeaksFromGithub:
    'signed by a key of GitHub: test/e2e/leaks/github.spec.ts; it records as reportLeaks does',
};

interface Described extends Operation {
  /** The fields of its input. */
  fields: string[];
}

let described: Map<string, Described>;

beforeAll(async () => {
  const { url } = await sharedApp();
  described = new Map();
  for (const document of Object.keys(DOCUMENTS) as DocumentName[]) {
    const { operations, document: whole } = await operationsOf(url, document);
    for (const operation of operations.filter(({ method }) => method !== 'GET')) {
      const fields = Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) => {
        const name = (schema as { $ref?: string }).$ref?.split('/').at(-1) ?? '';
        return Object.keys(whole.components?.schemas?.[name]?.properties ?? {});
      });
      described.set(operation.operationId ?? `${operation.method} ${operation.path}`, {
        ...operation,
        fields,
      });
    }
  }
});

async function send({ api, method, path, body, form }: SentChange): Promise<Answer> {
  if (form !== undefined) return postForm(api.url, path, Object.entries(form));
  return api.call(method, path, body === undefined ? {} : { body });
}

/** What stands in any log of the request of this answer. */
async function recordedBy({ headers }: Answer): Promise<AuditEvent[]> {
  const { superuserUrl } = await sharedApp();
  const rows = await sql<StoredEvent>(superuserUrl, 'SELECT * FROM audit_events WHERE request_id = $1', [
    headers['x-request-id'],
  ]);
  return rows.map(eventOf);
}

/** What of the request the events do not tell. */
function missingOf(
  { body = {}, form = {}, names = [] }: SentChange,
  events: readonly AuditEvent[],
  { told = {}, untold = {} }: RecordedOperation,
): string[] {
  const fields = Object.entries({ ...body, ...form }).filter(([field]) => untold[field] === undefined);
  const missing = fields.filter(([field, value]) => !(told[field] ?? named(field))(events, value));
  const unnamed = names.filter((id) => !events.some((event) => JSON.stringify(event).includes(id)));
  return [...missing.map(([field]) => field), ...unnamed.map((id) => `the id ${id}`)];
}

/** One convention: what a field was stands as `…_before` wherever `…_after` says what it is. */
function oddPairs(events: readonly AuditEvent[]): string[] {
  return events.flatMap(({ action, details }) => {
    // The moment of a cut-off, which is no pair.
    const names = Object.keys(details).filter((name) => name !== 'not_before');
    const after = names.filter((name) => name.endsWith('_after'));
    const before = names.filter((name) => name.endsWith('_before'));
    const lacksPair = /changed$|renewed$/.test(action) && after.length === 0;
    const odd =
      after.length !== before.length ||
      after.some((name) => !before.includes(name.replace(/after$/, 'before')));
    return lacksPair || odd ? [action] : [];
  });
}

it('every documented operation is known either to change something or to ask', () => {
  expect([...described.keys()].sort()).toEqual(
    [...Object.keys(RECORDED), ...ASKING, ...Object.keys(ELSEWHERE)].sort(),
  );
});

describe('what is sent is what is recorded', () => {
  it.each(Object.entries(RECORDED))('%s', async (name, operation) => {
    const sent = new Set<string>();
    for (const request of operation.requests) {
      const change = await request(await aWorld());
      const answer = await send(change);
      expect([name, answer.status, answer.text]).toEqual([name, expect.any(Number), expect.any(String)]);
      expect(answer.status).toBeLessThan(300);
      const events = await recordedBy(answer);
      expect(events.filter(({ outcome }) => outcome === 'success')).not.toEqual([]);
      expect(missingOf(change, events, operation)).toEqual([]);
      expect(oddPairs(events)).toEqual([]);
      const secrets = Object.entries({ ...change.body, ...change.form }).filter(([field]) =>
        /token$/i.test(field),
      );
      for (const [, secret] of secrets) expect(JSON.stringify(events)).not.toContain(secret);
      for (const field of Object.keys({ ...change.body, ...change.form })) sent.add(field);
    }
    const fields = described.get(name)?.fields ?? [];
    expect([...sent, ...Object.keys(operation.untold ?? {})]).toEqual(expect.arrayContaining(fields));
  });
});
