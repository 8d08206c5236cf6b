import { randomUUID } from 'node:crypto';
import { checksumOf } from '../../../src/secrets/secret-format.js';
import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { sharedApp } from '../../support/shared-app.js';
import { DIALECT_CHANGES } from './dialect-changes.js';
import { NATIVE_CHANGES } from './native-changes.js';
import { aWorld, type SentChange } from './sent-changes.js';

/** What stands in every secret that is pasted here. */
const MARK = randomUUID().replaceAll('-', '').padEnd(33, '0');

/** A secret by its form, and where it was pasted. */
const pasted = new Map<string, string>();

function secretFor(place: string): string {
  const body = `dz_${String(pasted.size).padStart(22, '0')}_${MARK}_`;
  const secret = body + checksumOf(body);
  pasted.set(secret, place);
  return secret;
}

const isForSecrets = (field: string): boolean => /token$|secret$/i.test(field);

/** The same request with a secret in one of its texts, for each of them. */
function withSecrets(name: string, change: SentChange): SentChange[] {
  return (['body', 'form'] as const).flatMap((part) =>
    Object.entries(change[part] ?? {})
      .filter(([field, value]) => typeof value === 'string' && !isForSecrets(field))
      .flatMap(([field, value]) =>
        ['', `${String(value)} `].map((before) => ({
          ...change,
          [part]: { ...change[part], [field]: before + secretFor(`${name}: ${field}`) },
        })),
      ),
  );
}

async function send(name: string, { api, method, path, body, form }: SentChange): Promise<void> {
  const headers = {
    'x-request-id': secretFor(`${name}: x-request-id`),
    'user-agent': `curl ${secretFor(`${name}: user-agent`)}`,
  };
  if (form === undefined) {
    await api.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
    return;
  }
  await exchange(api.url, {
    method,
    path,
    headers: [['content-type', 'application/x-www-form-urlencoded'], ...Object.entries(headers)],
    body: new URLSearchParams(form).toString(),
  });
}

/** The tables in which a pasted secret stands, with where it was pasted. */
async function stored(): Promise<string[]> {
  const { superuserUrl } = await sharedApp();
  const tables = await sql<{ name: string }>(
    superuserUrl,
    `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql<{ row: string }>(
        superuserUrl,
        `SELECT t::text AS row FROM ${name} t WHERE t::text LIKE $1`,
        [`%${MARK}%`],
      );
      const places = [...pasted].filter(([secret]) => rows.some(({ row }) => row.includes(secret)));
      return places.map(([, place]) => `${name}: ${place}`);
    }),
  );
  return found.flat();
}

it('a secret that is pasted into a text or a header of a change is stored nowhere', async () => {
  const operations = Object.entries({ ...NATIVE_CHANGES, ...DIALECT_CHANGES });
  for (const [name, { requests }] of operations) {
    for (const request of requests) {
      const change = await request(await aWorld());
      for (const each of withSecrets(name, change)) await send(name, each);
      await send(name, change);
    }
  }
  expect(pasted.size).toBeGreaterThan(200);
  expect(await stored()).toEqual([]);
}, 300_000);
