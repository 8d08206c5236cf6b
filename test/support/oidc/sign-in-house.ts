import { databaseLink, type DatabaseLink } from '../database-link.js';
import { freshDatabase } from '../databases.js';
import { aBusiness, platform, type TestBusiness } from '../factories.js';
import { freePort } from '../free-port.js';
import { startRescind, type RescindProcess } from '../rescind-process.js';
import { waitFor } from '../wait-for.js';
import { Browser, type Step } from './browser.js';

/** A service with providers, and businesses that its mapping names. */
export interface SignInHouse {
  origin: string;
  databaseUrl: string;
  superuserUrl: string;
  businesses: TestBusiness[];
  rescind: RescindProcess;
  /** Another process on the same database, with the same settings and these, at an address of its own. */
  another(env?: Record<string, string>): Promise<RescindProcess>;
  /** The address to which a failed sign-in is led, with this error. */
  failure(error: string, provider?: string): string;
  /** Events of a business, or of the platform, with this action, once there are `least`. */
  events(business: TestBusiness | null, action: string, least?: number): Promise<RecordedEvent[]>;
  /** The event of a sign-in that failed for this reason, once it is there. */
  failed(business: TestBusiness | null, failure: string): Promise<RecordedEvent>;
  /** Takes its database away, as a restart of that does; there only if it was asked for. */
  link: DatabaseLink | null;
  leave(): Promise<void>;
}

interface RecordedEvent {
  action: string;
  actor: { kind: string };
  target: { kind: string; id: string | null };
  details: Record<string, unknown>;
}

/**
 * @param providers the setting RESCIND_OIDC_PROVIDERS, made for the businesses and the origin of the service
 * @param count of businesses
 */
export async function aSignInHouse(
  providers: (businesses: TestBusiness[], origin: string) => Promise<object[]> | object[],
  {
    count = 2,
    env = {},
    isLinked = false,
  }: { count?: number; env?: Record<string, string>; isLinked?: boolean } = {},
): Promise<SignInHouse> {
  const database = await freshDatabase();
  const first = await startRescind({ databaseUrl: database.url });
  await first.ready();
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push((await aBusiness({ url: first.url })).id);
  await first.stop();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const api = await platform(origin);
  const businesses = ids.map((id) => ({ id, api: api.within(id) }));
  const settings = {
    ...env,
    RESCIND_PUBLIC_URL: origin,
    RESCIND_OIDC_PROVIDERS: JSON.stringify(await providers(businesses, origin)),
  };
  const link = isLinked ? await databaseLink(database.url) : null;
  const rescind = await startRescind({
    databaseUrl: link?.url ?? database.url,
    env: { ...settings, PORT: String(port) },
  });
  await rescind.ready();
  const others: RescindProcess[] = [];
  const read = async (business: TestBusiness | null, action: string): Promise<RecordedEvent[]> => {
    const { body } =
      business === null
        ? await api.get('/api/v1/admin/audit/events', { business_id: 'platform', action, limit: 100 })
        : await business.api.get('/api/v1/audit/events', { action, limit: 100 });
    return (body as { items: RecordedEvent[] }).items;
  };
  return {
    ...{ origin, databaseUrl: database.url, superuserUrl: database.superuserUrl, businesses, rescind, link },
    another: async (more = {}) => {
      const other = await startRescind({ databaseUrl: database.url, env: { ...settings, ...more } });
      await other.ready();
      others.push(other);
      return other;
    },
    failure: (error, provider = 'corp') => `${origin}/console/sign-in?error=${error}&provider=${provider}`,
    events: (business, action, least = 1) =>
      waitFor(`${action} in the log`, async () => {
        const items = await read(business, action);
        return items.length >= least && items;
      }),
    failed: (business, failure) =>
      waitFor(`${failure} in the log`, async () => {
        const items = await read(business, 'sign_in.failed');
        return items.find(({ details }) => details.failure === failure);
      }),
    leave: async () => {
      await Promise.all(others.map((other) => other.stop()));
      await rescind.stop();
      await link?.cut().catch(() => undefined);
      await database.drop();
    },
  };
}

/** Signs in as whoever the provider says, and tells where that has led to. */
export async function signIn(
  { origin }: { origin: string },
  {
    provider = 'corp',
    query = '',
    browser = new Browser(),
  }: { provider?: string; query?: string; browser?: Browser } = {},
): Promise<{ browser: Browser; url: string; steps: Step[] }> {
  const led = await browser.follow(`${origin}/sign-in/oidc/${provider}${query}`, (url) =>
    url.startsWith(`${origin}/console/`),
  );
  return { browser, ...led };
}

/** Who is signed in in a browser; null: nobody. */
export async function sessionOf(origin: string, browser: Browser): Promise<Session | null> {
  const { status, text } = await browser.go(`${origin}/api/v1/sessions/current`);
  return status === 200 ? (JSON.parse(text) as Session) : null;
}

interface Session {
  id: string;
  person: { kind: string; id: string; name: string; email: string };
  role: string;
  business: { id: string };
  signed_in_with: string;
}
