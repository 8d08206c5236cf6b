import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';

interface Response {
  content?: Record<string, { schema?: unknown; example?: unknown }>;
}
interface Operation {
  operationId: string;
  summary?: string;
  security?: Record<string, string[]>[];
  responses: Record<string, Response>;
}
interface Document {
  info: { title: string };
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: Record<string, unknown> };
}

const SOURCES = join(import.meta.dirname, '..', '..', '..', 'src');
/** Anything that a scanner for secrets, ours or another's, would stop at. */
const SECRET =
  /\b[a-z][a-z0-9_]{1,11}_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}\b|\b[0-9a-f]{64}\b|eyJ[\w-]{10,}\./;

describe('Swagger UI', () => {
  let documents: Map<string, Document>;
  beforeAll(async () => {
    const { url } = await sharedApp();
    const get = async (path: string): Promise<string> => {
      const { status, text } = await exchange(url, { method: 'GET', path });
      expect(status).toBe(200);
      return text;
    };
    const selector = /"urls": (\[[^\]]*\])/.exec(await get('/docs/swagger-ui-init.js'))?.[1] as string;
    documents = new Map();
    for (const { name, url: path } of JSON.parse(selector) as { name: string; url: string }[])
      documents.set(name, JSON.parse(await get(path)) as Document);
  });

  const operations = (): [string, Operation][] =>
    [...documents].flatMap(([name, { paths }]) =>
      Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(item).map(([method, operation]): [string, Operation] => [
          `${name}: ${method.toUpperCase()} ${path}`,
          operation,
        ]),
      ),
    );

  it('offers the native API, each dialect, and the standards as documents of their own', () => {
    expect([...documents.keys()]).toEqual(
      expect.arrayContaining(['Rescind', 'OpenTrain dialect', 'OAuth and gateway']),
    );
    for (const { paths } of documents.values()) expect(Object.keys(paths).length).toBeGreaterThan(0);
  });

  it('names the address at which each was asked for, from which generators make a client', async () => {
    const { url } = await sharedApp();
    for (const path of ['/docs-json', '/docs/scim-json']) {
      const { status, text } = await exchange(url, { method: 'GET', path });
      expect([status, (JSON.parse(text) as { servers: unknown }).servers]).toEqual([200, [{ url }]]);
    }
  });

  it('has the controllers of every module in exactly one document', () => {
    const list = readFileSync(join(SOURCES, 'app/open-api-documents.ts'), 'utf8');
    const modules = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.module.ts'))
      .map((file) => readFileSync(join(SOURCES, file), 'utf8'))
      .filter((source) => source.includes('controllers:'))
      .map((source) => /export class (\w+)/.exec(source)?.[1] as string);
    const listed = list.slice(list.indexOf('API_DOCUMENTS'));
    for (const name of modules)
      expect(`${name} ${listed.split(new RegExp(`\\b${name}\\b`)).length - 1}`).toBe(`${name} 1`);
  });

  it('names every operation once, and says how to prove who calls, or that nobody needs to', () => {
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, { security, summary }] of operations()) {
      expect([name, Array.isArray(security), typeof summary]).toEqual([name, true, 'string']);
    }
    expect(documents.get('Rescind')?.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      business: { type: 'apiKey', in: 'header', name: 'x-business-id' },
    });
  });

  it('shows the body of every refusal, as a schema and as an example', () => {
    const without = operations().flatMap(([name, { responses }]) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .filter(([status, { content }]) => {
          const json = content?.['application/json'] ?? content?.['application/scim+json'];
          const isReport = name.endsWith('/health/ready') && status === '503';
          return json?.schema === undefined || (json.example === undefined && !isReport);
        })
        .map(([status]) => `${name} ${status}`),
    );
    expect(without).toEqual([]);
  });

  it('shows nothing that looks like a secret', () => {
    for (const document of documents.values()) expect(JSON.stringify(document)).not.toMatch(SECRET);
  });
});
