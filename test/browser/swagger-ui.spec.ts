import type { Browser } from 'playwright-core';
import { freshDatabase, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { DOCUMENTS, operationsOf, type DocumentName, type Operation } from '../support/operations.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { aVisitor, isPlatforms, REFUSED_IN_A_BROWSER, type Visitor } from '../support/try-it-out.js';
import { startChromium } from './chromium.js';
import { SwaggerUiPage } from './swagger-ui-page.js';

/** Goes on for as long as one listens: Swagger UI waits for its end. */
const ENDLESS = new Set(['streamAuditEvents', 'streamPlatformAuditEvents']);
/** Those for businesses, and those of the platform, together. */
const readsFirst = (operations: readonly Operation[]): Operation[] => {
  const executed = operations.filter(({ operationId }) => !ENDLESS.has(operationId as string));
  const rank = ({ method, path }: Operation): number =>
    Number(method !== 'GET') * 2 + Number(isPlatforms(path));
  return executed.toSorted((one, other) => rank(one) - rank(other));
};

const names = Object.keys(DOCUMENTS) as DocumentName[];

describe('in a real browser, Swagger UI', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    await rescind.ready();
  });
  afterAll(async () => {
    await browser.close();
    await rescind.stop();
    await database.drop();
  });

  async function titleOf(name: DocumentName): Promise<string> {
    const { text } = await exchange(rescind.url, { method: 'GET', path: DOCUMENTS[name] });
    return (JSON.parse(text) as { info: { title: string } }).info.title;
  }

  it('is where the root leads to', async () => {
    const page = await SwaggerUiPage.open(browser, `${rescind.url}/`);
    expect(await page.count()).toBeGreaterThan(40);
    expect(await page.criticalFindings('body')).toEqual([]);
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it.each(names)(
    'executes every operation of %s as it is filled in, keeps no secret, and names its controls',
    async (name) => {
      const { operations } = await operationsOf(rescind.url, name);
      const selection = new URLSearchParams({ 'urls.primaryName': await titleOf(name) }).toString();
      const page = await SwaggerUiPage.open(browser, `${rescind.url}/docs?${selection}`);
      expect(await page.count()).toBe(operations.length);
      const refused: Record<string, number> = {};
      const found: string[] = [];
      let visitor: Visitor | null = null;
      let asPlatform = false;
      for (const operation of readsFirst(operations)) {
        const id = operation.operationId as string;
        // What only reads leaves everything as it is for the next.
        if (visitor === null || operation.method !== 'GET' || asPlatform !== isPlatforms(operation.path)) {
          asPlatform = isPlatforms(operation.path);
          visitor = await aVisitor(rescind.url, asPlatform);
          found.push(...(await page.authorize(visitor)));
        }
        const { status, findings } = await page.execute(operation, visitor);
        found.push(...findings);
        if (!(status >= 200 && status < 300)) refused[id] = status;
        expect(await page.kept()).not.toContain(visitor.secret);
      }
      for (const operation of operations.filter(({ operationId }) => ENDLESS.has(operationId as string))) {
        visitor = await aVisitor(rescind.url, isPlatforms(operation.path));
        found.push(...(await page.authorize(visitor)));
        expect([operation.operationId, await page.begin(operation, visitor)]).toEqual([
          operation.operationId,
          200,
        ]);
        expect(await page.kept()).not.toContain(visitor.secret);
      }
      const ids = operations.map(({ operationId }) => operationId as string);
      expect(refused).toEqual(
        Object.fromEntries(Object.entries(REFUSED_IN_A_BROWSER).filter(([id]) => ids.includes(id))),
      );
      expect([...new Set(found)]).toEqual([]);
      expect(page.complaints).toEqual([]);
      await page.close();
    },
    1_200_000,
  );
});
