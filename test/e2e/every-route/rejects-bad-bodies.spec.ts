import { badBodies } from '../../support/bad-bodies.js';
import type { Schema } from '../../support/documented-answer.js';
import { nameOf, nativeOperations, takesBody } from '../../support/native-operations.js';
import { operationsOf, type Operation } from '../../support/operations.js';
import { askAnything, sampleWorld, writtenRows, type SampleWorld } from '../../support/sample-world.js';

const BODY_BYTES_MAX = 100 * 1024;
const JSON_TYPE = 'application/json';

describe('every route that takes a body', () => {
  let world: SampleWorld;
  let operations: Operation[];
  let resolve: (schema: Schema) => Schema;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    world = await sampleWorld();
    operations = (await nativeOperations(world.app.url)).filter(takesBody);
    const { document } = await operationsOf(world.app.url);
    resolve = (schema) => {
      const reference = (schema.$ref ?? (schema.allOf as Schema[] | undefined)?.[0]?.$ref) as
        string | undefined;
      return reference === undefined
        ? schema
        : (document.components?.schemas?.[reference.slice(21)] as Schema);
    };
  });
  beforeEach(async () => {
    before = await writtenRows(world);
  });
  afterEach(async () => {
    expect(await writtenRows(world)).toEqual(before);
  });

  const schemaOf = ({ requestBody }: Operation): Schema => requestBody?.content[JSON_TYPE]?.schema as Schema;

  /** Clients of the original send more than it reads, in an emergency (test/e2e/revoke-token). */
  const ignoresUnknown = ({ operationId }: Operation): boolean => operationId === 'revokeToken';

  async function expectEverywhere(
    request: { contentType?: string; body?: string | Buffer },
    expected: [number, string],
  ): Promise<void> {
    expect(operations.length).toBeGreaterThan(12);
    for (const operation of operations) {
      const { status, code } = await askAnything(world, operation, request);
      expect([nameOf(operation), status, code]).toEqual([nameOf(operation), ...expected]);
    }
  }

  it('refuses a field that is missing, unknown, of a wrong type, too long or no clean text', async () => {
    const accepted: string[] = [];
    for (const operation of operations) {
      for (const { what, body } of badBodies(schemaOf(operation), resolve)) {
        if (ignoresUnknown(operation) && what.startsWith('an unknown field')) continue;
        const answer = await askAnything(world, operation, {
          contentType: JSON_TYPE,
          body: JSON.stringify(body),
        });
        // What is pasted may hold anything; there is nothing in it then.
        const isNothing = /^\{("active":false|"items":\[\],"strings_judged":0)/.test(answer.text);
        if (answer.status !== 422 && !isNothing)
          accepted.push(`${nameOf(operation)} with ${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('refuses what is no object', async () => {
    for (const body of ['[]', '"text"', '7', 'true', '[{"name":"a"}]'])
      await expectEverywhere({ contentType: JSON_TYPE, body }, [422, 'input.invalid']);
  });

  it('refuses what is no JSON, and JSON that reaches for a prototype', async () => {
    for (const body of [
      '{',
      '{"name":}',
      'name=a',
      '{"__proto__":{"a":1}}',
      '{"constructor":{"prototype":{}}}',
      '\u0000',
    ])
      await expectEverywhere({ contentType: JSON_TYPE, body }, [400, 'request.invalid']);
  });

  it('refuses JSON that names a member twice, however it is written', async () => {
    for (const body of [
      '{"name":"a","name":"a"}',
      '{"reason":"a","re\\u0061son":"b"}',
      '{"a":[{"b":1,"b":2}]}',
    ])
      await expectEverywhere({ contentType: JSON_TYPE, body }, [400, 'request.invalid']);
  });

  it('refuses JSON of members or elements by the thousand', async () => {
    const members = Array.from({ length: 12_500 }, (_, index) => `"${index.toString(36)}":1`).join(',');
    for (const body of [`{${members}}`, `{"scopes":[${'{},'.repeat(32_000)}{}]}`])
      await expectEverywhere({ contentType: JSON_TYPE, body }, [400, 'request.invalid']);
  });

  it('answers with twenty issues at most, and says how many there are', async () => {
    const body = JSON.stringify(
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`m${index}`, 1])),
    );
    for (const operation of operations.filter((each) => !ignoresUnknown(each))) {
      const answer = await askAnything(world, operation, { contentType: JSON_TYPE, body });
      const { detail } = JSON.parse(answer.text) as { detail: { msg: string; type: string }[] };
      expect([nameOf(operation), answer.status, detail.length]).toEqual([nameOf(operation), 422, 21]);
      expect(detail.at(-1)).toMatchObject({ type: 'too_many_issues' });
      expect(detail.at(-1)?.msg).toMatch(/^28\d more issues are not shown$/);
    }
  });

  it('refuses JSON that is nested by the thousand', async () => {
    const deep = '{"a":'.repeat(6000) + '1' + '}'.repeat(6000);
    const lists = '['.repeat(6000) + ']'.repeat(6000);
    for (const body of [deep, `{"name":${deep}}`, `{"name":${lists}}`])
      await expectEverywhere({ contentType: JSON_TYPE, body }, [400, 'request.invalid']);
  });

  it('refuses bytes that are no UTF-8 text, or does not take them for one', async () => {
    for (const operation of operations.filter((each) => !ignoresUnknown(each))) {
      const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
      const { status } = await askAnything(world, operation, { contentType: JSON_TYPE, body });
      expect([400, 422]).toContain(status);
    }
  });

  it('refuses any content type but JSON', async () => {
    for (const contentType of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ])
      await expectEverywhere({ contentType, body: '{"name":"a"}' }, [415, 'request.unsupported_media_type']);
    await expectEverywhere({ body: '{"name":"a"}' }, [415, 'request.unsupported_media_type']);
  });

  it('refuses a body of more than 100 kB before it reads it', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(BODY_BYTES_MAX) });
    await expectEverywhere({ contentType: JSON_TYPE, body }, [413, 'request.too_large']);
  });
});
