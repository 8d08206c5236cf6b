import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import {
  DOCUMENTS,
  everyOperation,
  operationsOf,
  type DocumentName,
  type Operation,
} from '../../support/operations.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { aVisitor, isPlatforms, REFUSED_BY_DESIGN, type Visitor } from '../../support/try-it-out.js';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: string | number | boolean;
  schema?: { example?: string | number | boolean; default?: string | number | boolean };
}
interface Schema {
  $ref?: string;
  required?: string[];
  properties?: Record<string, { example?: unknown }>;
}
interface Content {
  schema: Schema;
  example?: unknown;
}

const FORM = 'application/x-www-form-urlencoded';
const parametersOf = (operation: Operation): Parameter[] => operation.parameters ?? [];
const contentOf = (operation: Operation, type: string): Content | undefined =>
  operation.requestBody?.content[type];

/** Reads the documents as Swagger UI does, and sends what its "Execute" sends when nobody has typed anything. */
describe('an operation tried out as it is filled in', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let operations: Operation[];
  const schemas = new Map<string, Schema>();
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    await rescind.ready();
    operations = await everyOperation(rescind.url);
    expect(operations.length).toBeGreaterThan(60);
    for (const name of Object.keys(DOCUMENTS) as DocumentName[]) {
      const { document } = await operationsOf(rescind.url, name);
      for (const [key, schema] of Object.entries(document.components?.schemas ?? {}))
        schemas.set(`#/components/schemas/${key}`, schema);
    }
  });
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  /** Of a parameter Swagger UI fills in the example, or else the default. */
  const filledIn = ({ example, schema }: Parameter): string | number | boolean | undefined =>
    example ?? schema?.example ?? schema?.default;

  const schemaOf = ({ schema }: Content): Schema => schemas.get(schema.$ref ?? '') ?? schema;

  function formOf(operation: Operation): string | undefined {
    const content = contentOf(operation, FORM);
    if (content === undefined) return undefined;
    return new URLSearchParams(
      Object.entries(schemaOf(content).properties ?? {}).flatMap(([name, { example }]): [string, string][] =>
        typeof example === 'string' ? [[name, example]] : [],
      ),
    ).toString();
  }

  async function execute(operation: Operation, visitor: Visitor): Promise<Answer> {
    const id = operation.operationId as string;
    const query = new URLSearchParams(
      parametersOf(operation)
        .filter((each) => each.in === 'query' && (each.required === true || filledIn(each) !== undefined))
        .map((each): [string, string] => [each.name, String(filledIn(each) ?? visitor.fill(id, each.name))]),
    ).toString();
    const schemes = (operation.security ?? []).flatMap((each) => Object.keys(each));
    const headers: [string, string][] = [];
    if (schemes.includes('bearer')) headers.push(['authorization', `Bearer ${visitor.secret}`]);
    if (schemes.includes('business')) headers.push(['x-business-id', visitor.businessId]);
    const json = contentOf(operation, 'application/json');
    const form = formOf(operation);
    if (json !== undefined) headers.push(['content-type', 'application/json']);
    if (form !== undefined) headers.push(['content-type', FORM]);
    const path = operation.address((name) => visitor.fill(id, name));
    return exchange(rescind.url, {
      method: operation.method,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      body: json === undefined ? form : JSON.stringify(json.example),
    });
  }

  it('sends no filter and no header that nobody asked for', () => {
    const offered = operations.flatMap((operation) =>
      parametersOf(operation)
        .filter(({ required }) => required !== true)
        .filter(({ example, schema }) => example !== undefined || schema?.example !== undefined)
        .map(({ name }) => `${operation.operationId} ${name}`),
    );
    expect(offered).toEqual([]);
  });

  it('has an example of every JSON body, with all that must be in it', () => {
    const bodies = operations.filter((operation) => contentOf(operation, 'application/json') !== undefined);
    expect(bodies.length).toBeGreaterThan(20);
    for (const operation of bodies) {
      const content = contentOf(operation, 'application/json') as Content;
      const absent = (schemaOf(content).required ?? []).filter(
        (property) => !Object.hasOwn(content.example as object, property),
      );
      expect([operation.operationId, absent]).toEqual([operation.operationId, []]);
    }
  });

  it('succeeds, or is refused by design', async () => {
    const answers: Record<string, number> = {};
    for (const operation of operations) {
      if (operation.responses['200']?.content?.['text/event-stream'] !== undefined) continue;
      const visitor = await aVisitor(rescind.url, isPlatforms(operation.path));
      const { status } = await execute(operation, visitor);
      if (status >= 300) answers[operation.operationId as string] = status;
    }
    expect(answers).toEqual(REFUSED_BY_DESIGN);
  }, 240_000);

  it('lists what there is', async () => {
    const empty: string[] = [];
    for (const operation of operations.filter(
      // Nobody hangs on this server, no provider is set up, and nothing is as old as what is cut off of the platform.
      ({ operationId }) =>
        operationId?.startsWith('list') === true &&
        !['listClientVerifiers', 'listSignInWays', 'listTokensOfPlatformRevocation'].includes(operationId),
    )) {
      const visitor = await aVisitor(rescind.url, isPlatforms(operation.path));
      const body = JSON.parse((await execute(operation, visitor)).text) as Record<string, unknown>;
      const list = Object.values('data' in body ? (body.data as object) : body).find(Array.isArray);
      if (list === undefined || list.length === 0) empty.push(operation.operationId as string);
    }
    expect(empty).toEqual([]);
  });

  it('issues with the platform token, too, which is the first that a newcomer has', async () => {
    const operation = operations.find(({ operationId }) => operationId === 'issueToken') as Operation;
    const visitor = await aVisitor(rescind.url, true);
    expect((await execute(operation, visitor)).status).toBe(201);
  });
});
