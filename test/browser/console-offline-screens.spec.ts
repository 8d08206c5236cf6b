import { randomUUID } from 'node:crypto';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { aSession } from '../support/session.js';
import { platformSecret } from '../support/test-run.js';
import type { ConsolePage } from './console-page.js';
import { windows } from './journeys.js';

interface Screen {
  path: string;
  /** Seen before the connection is lost, and as long as it is. */
  old: string;
  /** Changes something meanwhile, and says what is seen of that once there is a connection again. */
  change: () => Promise<string>;
}

describe('in a real browser, without a connection, every screen of the console', () => {
  const { open } = windows();
  let database: TestDatabase;
  let rescind: RescindProcess;
  let business: TestBusiness;
  let owner: TestToken;
  let member: TestMember;
  let token: TestToken;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    await rescind.ready();
    business = await aBusiness({ url: rescind.url, name: 'Acme Logistics' });
    owner = await aToken(business, { role: 'owner', name: 'the owner’s' });
    member = await aMember(business);
    token = await aToken(business, { member, name: 'Order export' });
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  const lost = ({ page }: ConsolePage) => page.getByText('Rescind cannot be reached.', { exact: true });

  /** Loses the connection on each screen, and finds it again: what is old stands under a banner that says so. */
  async function losing(console: ConsolePage, screens: readonly Screen[]): Promise<void> {
    const { page, context } = console;
    for (const { path, old, change } of screens) {
      await console.go(path);
      await page.getByText(old).first().waitFor();
      await console.read();
      await context.setOffline(true);
      await lost(console).waitFor();
      await page.getByText(/What is shown was read before .+ and may no longer be true\./).waitFor();
      const fresh = await change();
      expect(await page.getByText(old).first().isVisible()).toBe(true);
      expect(await page.getByText(fresh).count()).toBe(0);
      await context.setOffline(false);
      await lost(console).waitFor({ state: 'detached' });
      await page.getByText(fresh).first().waitFor();
    }
  }

  it('says of each screen of a business that it is old, and reads it again by itself', async () => {
    const { api } = business;
    const named = (what: string): string => `${what} ${randomUUID().slice(0, 8)}`;
    const b = `/b/${business.id}`;
    const made = async (path: string, body: object): Promise<void> => {
      expect((await api.post(`/api/v1${path}`, body)).status).toBe(201);
    };
    const console = await open(rescind.url);
    await console.signIn(owner.secret, `${b}/overview`);
    await losing(console, [
      {
        path: `${b}/tokens`,
        old: 'Order export',
        change: async () => {
          const name = named('while away');
          await aToken(business, { member, name });
          return name;
        },
      },
      {
        path: `${b}/tokens/${token.id}`,
        old: 'Order export',
        change: async () => {
          const description = named('changed');
          await api.patch(`/api/v1/tokens/${token.id}`, { description });
          return description;
        },
      },
      {
        path: `${b}/revocations`,
        old: 'Nothing has been revoked in bulk',
        change: async () => {
          const reason = named('moved');
          const { email } = await aMember(business);
          await made('/revocations', { selector: { owner: email }, reason });
          return reason;
        },
      },
      {
        path: `${b}/members`,
        old: member.email,
        change: async () => (await aMember(business)).email,
      },
      {
        path: `${b}/identities`,
        old: (await anIdentity(business)).name,
        change: async () => (await anIdentity(business)).name,
      },
      {
        path: `${b}/audit?action=identity.created`,
        old: 'identity.created',
        change: async () => (await anIdentity(business)).name,
      },
      {
        path: `${b}/retention`,
        old: 'for ever',
        change: async () => {
          await api.put('/api/v1/audit/retention', { months: 36 });
          return 'for 36 months';
        },
      },
      {
        path: `${b}/sessions`,
        old: 'this one',
        change: async () => {
          const { api: theirs } = await aToken(business, { role: 'auditor' });
          const { person } = (await aSession(theirs)).body as { person: { name: string } };
          return person.name;
        },
      },
    ]);
  });

  it('says of each screen of the platform that it is old, and reads it again by itself', async () => {
    const root = business.api.within(null);
    const console = await open(rescind.url);
    await console.signIn(platformSecret(), '/platform/overview');
    await losing(console, [
      {
        path: '/platform/businesses',
        old: 'Acme Logistics',
        change: async () => {
          const name = `Business ${randomUUID().slice(0, 8)}`;
          await aBusiness({ url: rescind.url, name });
          return name;
        },
      },
      {
        path: '/platform/tokens',
        old: 'Held by',
        change: async () => {
          const holder = `safe-${randomUUID().slice(0, 8)}@example.com`;
          await root.post('/api/v1/admin/tokens', { name: 'in the safe', issued_to: holder });
          return holder;
        },
      },
      {
        path: '/platform/audit?log=all&action=business.created',
        old: 'Acme Logistics',
        change: async () => {
          const name = `Business ${randomUUID().slice(0, 8)}`;
          await aBusiness({ url: rescind.url, name });
          return name;
        },
      },
    ]);
  });
});
