import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { Api } from '../../support/api.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';

interface Contract {
  paths: Record<string, { post: { responses: Record<string, { content: Record<string, Answer> }> } }>;
  components: object;
}
interface Answer {
  schema?: object;
  example?: { detail: string };
}

const contract = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'contracts', 'dayzero-revoke.openapi.json'), 'utf8'),
) as Contract;
const { responses } = contract.paths['/api/v1/tokens/{token_id}/revoke']?.post as NonNullable<
  Contract['paths'][string]
>['post'];

/** What the contract says of an answer: its schema, or for the plain refusals the sentence it gives as an example. */
function demandContract({ status, body }: { status: number; body: { detail?: string } }): void {
  const { schema, example } = responses[status]?.content['application/json'] as Answer;
  if (example !== undefined) {
    expect(body.detail?.startsWith(example.detail)).toBe(true);
    return;
  }
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...schema, components: contract.components });
  validate(body);
  expect(validate.errors ?? []).toEqual([]);
}

describe('the answers of revoke are those of the DayZero contract', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it.each<[number, (api: Api, id: string) => Promise<{ status: number; body: object }>]>([
    [201, (api, id) => api.post(`/api/v1/tokens/${id}/revoke`, { reason: 'left' })],
    [400, (api, id) => api.within(null).post(`/api/v1/tokens/${id}/revoke`)],
    [401, (api, id) => api.as(null).post(`/api/v1/tokens/${id}/revoke`)],
    [403, (api, id) => api.within(randomUUID()).post(`/api/v1/tokens/${id}/revoke`)],
    [404, (api) => api.post(`/api/v1/tokens/${randomUUID()}/revoke`)],
    [422, (api) => api.post('/api/v1/tokens/7/revoke')],
    [422, (api, id) => api.post(`/api/v1/tokens/${id}/revoke`, { reason: 7 })],
  ])('%i', async (status, call) => {
    const answer = await call(business.api, (await aToken(business)).id);
    expect(answer.status).toBe(status);
    demandContract(answer);
  });
});
