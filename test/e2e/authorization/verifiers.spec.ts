import { USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import {
  aSubject,
  BUSINESS_CHANGES,
  PLATFORM_CHANGES,
  type Subject,
} from '../../guarantees/in-flight/changes.js';
import { Api } from '../../support/api.js';
import { AUTHORIZATION } from '../../support/authorization-table.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aMember, aToken } from '../../support/factories.js';
import { everyOperation } from '../../support/operations.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { platformSecret } from '../../support/test-run.js';

type Request = (subject: Subject) => Promise<{ status: number }>;

/** They ask, though with a body. */
const ASKING = ['authorizeRequest', 'findTokens', 'introspect', 'verifyToken', 'verifyTokens'];

/** In place of a request that lowers nobody's rights. */
const LOWERING: Record<string, Request> = {
  'POST /scim/v2/Users': ({ api }) =>
    api
      .within(null)
      .post('/scim/v2/Users', { schemas: [USER_SCHEMA], userName: 'gone@example.com', active: false }),
};

const REQUESTS: Record<string, Request> = { ...BUSINESS_CHANGES, ...PLATFORM_CHANGES, ...LOWERING };

/** A process whose change takes long looks for verifiers by itself, on a busy machine. */
const TRIES_MAX = 5;

describe('which calls wait for the verifiers', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    await app.ready();
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  /** How often this process has waited for verifiers. */
  const waits = async (): Promise<number> => {
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    const series = 'rescind_revocation_confirmation_seconds_count{outcome="confirmed"} ';
    return Number(text.split(series)[1]?.split('\n')[0] ?? 0);
  };

  /** Whether it was waited for them until the answer, at first and when it is asked for again. */
  async function observed(name: string): Promise<boolean[]> {
    const business = await aBusiness({ url: app.url });
    const owner = await aToken(business, { member: await aMember(business, 'owner') });
    const isOfPlatform = name in PLATFORM_CHANGES;
    const actor = isOfPlatform ? { id: owner.id, api: new Api(app.url, platformSecret()) } : owner;
    const subject = await aSubject(actor, business);
    const found: boolean[] = [];
    for (let time = 0; time < 2; time++) {
      const before = await waits();
      const { status } = await (REQUESTS[name] as Request)(subject);
      // Who is let in no more is told nothing.
      if (status !== 401) found.push((await waits()) > before);
    }
    return found;
  }

  it('is said of every operation that changes something, and of no other', async () => {
    const changing = (await everyOperation(app.url))
      .filter(({ method, operationId = '' }) => method !== 'GET' && !ASKING.includes(operationId))
      .map(({ operationId }) => operationId);
    const said = Object.keys(AUTHORIZATION).filter((id) => AUTHORIZATION[id]?.verifiers !== undefined);
    expect(said.sort()).toEqual(changing.sort());
  });

  it('is what they do, also when they find done what they ask for', async () => {
    const other: Record<string, boolean[]> = {};
    const judged = new Set<string>();
    for (const { operationId = '', method, path } of await everyOperation(app.url)) {
      const name = `${method} ${path}`;
      if (method === 'GET' || REQUESTS[name] === undefined) continue;
      judged.add(name);
      const isExpected = AUTHORIZATION[operationId]?.verifiers === 'wait';
      let found = await observed(name);
      for (let tries = 1; tries < TRIES_MAX && !isExpected && found.includes(true); tries++)
        found = await observed(name);
      if (found.includes(!isExpected)) other[operationId] = found;
    }
    expect(other).toEqual({});
    expect([...judged].sort()).toEqual(
      Object.keys(REQUESTS)
        .filter((name) => !name.startsWith('GET '))
        .sort(),
    );
  });
});
