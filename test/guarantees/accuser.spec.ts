import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { PATCH_OP } from '../../src/dialects/scim/scim-urns.js';
import { rescind } from '../cli/rescind-command.js';
import { DIALECT_CHANGES } from '../e2e/audit-events/dialect-changes.js';
import { NATIVE_CHANGES } from '../e2e/audit-events/native-changes.js';
import {
  aWorld,
  email,
  text,
  type RecordedOperation,
  type SentChange,
  type World,
} from '../e2e/audit-events/sent-changes.js';
import { ask, outcomeOf } from '../e2e/authorization/ask.js';
import { ABOUT_SOMEBODY, aGoodCall } from '../e2e/authorization/requests.js';
import { authorizationWorld, type AuthorizationWorld } from '../e2e/authorization/world.js';
import { serviceUrlOf } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { aToken } from '../support/factories.js';
import { postForm } from '../support/form.js';
import { freePort } from '../support/free-port.js';
import { everyOperation, type Operation } from '../support/operations.js';
import { aSession } from '../support/session.js';
import { shareInstead } from '../support/shared-app.js';
import { testRun } from '../support/test-run.js';
import { seededRandom } from '../unit/transparency/random-event.js';
import { TamperedHouse } from './log-tampering/house.js';

const LIMIT_MS = 3_600_000;
/** The walks of a run; those that have found something stay. `ACCUSER_SEED` walks another one. */
const SEEDS = process.env.ACCUSER_SEED === undefined ? [20_093] : [Number(process.env.ACCUSER_SEED)];
/** How often each operation has to succeed. */
const SUCCESSES = Number(process.env.ACCUSER_SUCCESSES ?? 3);
const ATTEMPTS = 6 * SUCCESSES;
const ACTORS = 3;

/** Operations that nobody can succeed with here, and why. */
const NOT_HERE: Record<string, string> = {
  revokeTokensOfPlatform: 'ends the tokens that walk',
  approvePlatformRevocation: 'needs a setting of the service',
  declinePlatformRevocation: 'needs a setting of the service',
  startOidcSignIn: 'needs a provider',
  finishOidcSignIn: 'needs a provider',
  endSessionsOfProvider: 'signed by a provider',
  signInWithRecoveryCode: 'takes a code that the command line makes',
  reportLeaksFromGithub: 'signed by a key of GitHub',
};

/** What the documents' requests leave out: changes of labels and rights of whoever owns tokens, and cut-offs of now. */
const MORE: Record<string, RecordedOperation['requests'][number]> = {
  'a person who owns a token is renamed by the directory': async ({ admin, business, member }) => {
    const { body } = await business.api.get<{ email: string }>(`/api/v1/members/${member.id}`);
    await aToken(business, { member: { ...member, email: body.email }, scopes: [] });
    return {
      api: admin.api.within(null),
      method: 'PATCH',
      path: `/scim/v2/Users/${member.id}`,
      body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'userName', value: email() }] },
    };
  },
  'an identity that owns tokens is renamed, and its token rotated': async ({ api, identity, token }) => {
    await api.patch(`/api/v1/identities/${identity.id}`, { name: text() });
    return { api, method: 'POST', path: `/api/v1/tokens/${token.id}/rotate`, body: { grace_seconds: 60 } };
  },
  getCurrentSession: async ({ token }) => {
    const { api } = await aSession(token.api);
    return { api, method: 'GET', path: '/api/v1/sessions/current' };
  },
  'an owner is cut off': ({ api, identity }) => ({
    api,
    method: 'POST',
    path: '/api/v1/revocations',
    body: { selector: { identity: identity.id }, reason: text(), issued_before: new Date().toISOString() },
  }),
};

const readinessOf = async (url: string): Promise<number> =>
  (await exchange(url, { method: 'GET', path: '/health/ready' })).status;

const send = async ({ api, method, path, body, form }: SentChange): Promise<number> =>
  form !== undefined
    ? (await postForm(api.url, path, Object.entries(form))).status
    : (await api.call(method, path, body === undefined ? {} : { body })).status;

/** A walk in an order that its seed names; what several actors do at once is not in it. */
class Walk {
  readonly done = new Map<string, number>();
  private readonly worlds = new Map<number, World>();
  private readonly random: () => number;

  constructor(
    private readonly operations: ReadonlyMap<string, Operation | null>,
    private readonly house: AuthorizationWorld,
    seed: number,
  ) {
    this.random = seededRandom(seed);
  }

  static async begin(url: string, seed: number): Promise<Walk> {
    const documented = (await everyOperation(url)).map(
      (each) => [each.operationId ?? each.path, each] as const,
    );
    const walked = documented.filter(([name]) => NOT_HERE[name] === undefined);
    const more = Object.keys(MORE).map((name) => [name, null] as const);
    return new Walk(new Map([...more, ...walked]), await authorizationWorld(), seed);
  }

  /** These operations, in any order. */
  async round(names: readonly string[]): Promise<void> {
    const left = names.map((name) => ({ name, at: this.random() })).sort((one, other) => one.at - other.at);
    const actor = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop())
        if (await this.succeeds(next.name)) this.done.set(next.name, (this.done.get(next.name) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: ACTORS }, actor));
  }

  /** Those that have not succeeded so often yet. */
  missing(): string[] {
    return [...this.operations.keys()].filter((name) => (this.done.get(name) ?? 0) < SUCCESSES);
  }

  private async succeeds(name: string): Promise<boolean> {
    const requests =
      NATIVE_CHANGES[name]?.requests ?? DIALECT_CHANGES[name]?.requests ?? [MORE[name] ?? []].flat();
    const operation = this.operations.get(name);
    return requests.length === 0 && operation
      ? this.asked(name, operation)
      : this.changed(this.one(requests));
  }

  /** In a world of before, or in a new one; where something can not be done any more, nothing more is. */
  private async changed(request: RecordedOperation['requests'][number]): Promise<boolean> {
    const at = Math.floor(this.random() * ACTORS * 2);
    const world = this.worlds.get(at) ?? (await aWorld());
    this.worlds.set(at, world);
    const isDone = await Promise.resolve(request(world))
      .then(send)
      .then(
        (status) => status < 300,
        () => false,
      );
    if (!isDone) this.worlds.delete(at);
    return isDone;
  }

  private async asked(name: string, operation: Operation): Promise<boolean> {
    const { house } = this;
    const caller = this.one(['platform', 'owner', 'admin'] as const);
    const calls = await ABOUT_SOMEBODY[name]?.({ world: house, caller, target: 'developer' });
    const call = calls === undefined ? await aGoodCall(name, house) : this.one(calls);
    return outcomeOf(await ask(house, operation, call, house.secrets[caller])) === 'yes';
  }

  private one<Value>(list: readonly Value[]): Value {
    return list[Math.floor(this.random() * list.length)] as Value;
  }
}

/** Settings with which the service goes on under another pepper and another signing key. */
function rotated(): Record<string, string> {
  const { RESCIND_PEPPER, RESCIND_SIGNING_KEY } = testRun().secrets;
  const old = createPublicKey(RESCIND_SIGNING_KEY.replaceAll('\\n', '\n'));
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    RESCIND_PEPPER: randomBytes(32).toString('base64'),
    RESCIND_PEPPER_RETIRED: RESCIND_PEPPER,
    RESCIND_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    RESCIND_SIGNING_KEY_RETIRED: old.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

it.each(SEEDS)(
  'whatever is done through any operation of any document, nobody is accused of having changed the database (seed %i)',
  async (seed) => {
    const env = { PORT: String(await freePort()), RESCIND_AUDIT_SAMPLE_ROWS: '10000' };
    const house = await TamperedHouse.start(env);
    try {
      const { database } = house;
      const share = () =>
        shareInstead({ ...house.app, databaseUrl: database.url, superuserUrl: database.superuserUrl });
      share();
      const walk = await Walk.begin(house.app.url, seed);
      const settings = rotated();
      for (let round = 1; round <= ATTEMPTS && walk.missing().length > 0; round++) {
        await walk.round(walk.missing());
        expect(await readinessOf(house.app.url)).toBe(200);
        if (round !== 1) continue;
        await house.restart(() => Promise.resolve(), settings);
        share();
        await house.app.ready();
      }
      const { code, stdout, stderr } = await rescind(
        ['audit', 'reconcile'],
        { DATABASE_URL: serviceUrlOf(database.url), ...settings },
        true,
      ).ended;
      expect({ code, stdout, told: stderr.includes(' 0 differences.') }).toEqual({
        code: 0,
        stdout: '',
        told: true,
      });
      expect(await house.rows('SELECT business_id, fault, subject FROM integrity_faults')).toEqual([]);
      expect(await readinessOf(house.app.url)).toBe(200);
      expect(walk.missing().map((name) => `${name}: ${walk.done.get(name) ?? 0}`)).toEqual([]);
    } finally {
      await house.end();
    }
  },
  LIMIT_MS,
);
