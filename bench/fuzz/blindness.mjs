// @ts-check
import { runCampaign } from './campaign.mjs';
import { operationsIn } from './operations.mjs';

const REQUESTS_EACH = 60;

/**
 * Lies that a document could tell, one at a time: requests that are refused, answers that do not come.
 * @type {{ what: string, id: string, spoil: (operation: any, schemas: any) => unknown, fault: RegExp }[]}
 */
const LIES = [
  {
    what: 'a body with too little in it',
    id: 'POST /api/v1/tokens/find',
    spoil: (_, { FindTokensDto }) => delete FindTokensDto.minProperties,
    fault: /^answers 422 to what its schema allows/,
  },
  {
    what: 'members that do not go together',
    id: 'POST /api/v1/revocations',
    spoil: (_, { RevokeTokensDto }) => delete RevokeTokensDto.oneOf,
    fault: /^answers 422 to what its schema allows/,
  },
  {
    what: 'a parameter without its format',
    id: 'GET /api/v1/tokens',
    spoil: ({ parameters }) =>
      (parameters.find(({ name }) => name === 'created_before').schema = { type: 'string' }),
    fault: /^answers 422 to what its schema allows/,
  },
  {
    what: 'a status that is left out',
    id: 'POST /api/v1/tokens/find',
    spoil: ({ responses }) => delete responses[422],
    fault: /^answers 422, which is not documented/,
  },
  {
    what: 'a member that no answer has',
    id: 'GET /api/v1/members',
    spoil: ({ responses }) => {
      const { schema } = responses[200].content['application/json'];
      responses[200].content['application/json'].schema = { allOf: [schema, { required: ['nowhere'] }] };
    },
    fault: /^answers 200 with a body unlike its schema/,
  },
  {
    what: 'another media type',
    id: 'GET /api/v1/overview',
    spoil: ({ responses }) => (responses[200].content = { 'text/plain': { schema: { type: 'string' } } }),
    fault: /^answers 200 as "application\/json", documented is text\/plain/,
  },
];

/**
 * Which of these lies a campaign does not find: then what it says of the true documents means nothing.
 * @param campaign what `runCampaign` takes, without operations, count and report
 */
export async function unnoticedLies(documents, campaign) {
  const told = LIES.map(({ what, id, spoil, fault }) => {
    const [method, path] = id.split(' ');
    const document = structuredClone(documents.find(({ paths }) => paths[path]?.[method.toLowerCase()]));
    document.paths = { [path]: document.paths[path] };
    spoil(document.paths[path][method.toLowerCase()], document.components.schemas);
    const [operation] = operationsIn([document]).filter((each) => each.id === id);
    return { what, fault, operation: { ...operation, id: `${id}, ${what}` } };
  });
  const found = [];
  await runCampaign({
    ...campaign,
    operations: told.map(({ operation }) => operation),
    count: told.length * REQUESTS_EACH,
    report: (finding) => found.push(finding),
  });
  return told
    .filter(
      ({ operation, fault }) =>
        !found.some((each) => each.operation === operation.id && fault.test(each.fault)),
    )
    .map(({ what }) => what);
}
