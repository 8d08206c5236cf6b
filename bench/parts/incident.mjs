// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { startRescind } from '../lib/rescind.mjs';
import { quantile, summary } from '../lib/statistics.mjs';
import { copyTokens, createTenant, revokeRequest, verifyRequest } from '../lib/tenants.mjs';

const VERIFIERS = 4;
const PATIENCE_MS = 20 * 60_000;
const POLL_MS = 500;
/** Tokens that every verifier remembers, and that must be refused as soon as the cut-off has answered. */
const WATCHED = 100;

const spread = (values) => ({
  count: values.length,
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  p99: quantile(values, 0.99),
  max: Math.max(...values),
});

/**
 * An incident in a business with very many tokens: pages by each selector, previews, cut-offs beside single revocations,
 * how fast what was cut off is marked and what verification keeps of its rate meanwhile, and its rate with many cut-offs in force.
 */
export async function measureIncident(context, sizes) {
  const { env, directory, mint, database, load, say } = context;
  const url = await database.create('incident');
  const settings = { ...env, ...database.settingsFor(url) };
  const verifiers = [];
  while (verifiers.length < VERIFIERS)
    verifiers.push(await startRescind({ env: settings, directory, name: `incident-${verifiers.length}` }));
  const [first] = verifiers;
  const tenant = await createTenant(first.api, 'Incident Ltd');
  const session = await database.connect(url);
  const others = await copyTokens(session, mint, tenant, sizes.others);
  const leaving = await memberOf(first.api, tenant, 'leaving');
  const step = Math.ceil(sizes.tokens / WATCHED);
  const begun = performance.now();
  const watched = await copyTokens(
    session,
    mint,
    { ...tenant, member: leaving.id },
    sizes.tokens,
    (index) => index % step === 0,
  );
  await session.query('VACUUM ANALYZE tokens');
  say(`${sizes.tokens} tokens in ${((performance.now() - begun) / 1000).toFixed(0)} s`);

  const pages = await measurePages(first, tenant, { leaving, sample: watched[0] }, sizes, say);
  const preview = await measurePreviews(first, tenant, sizes, say);
  const single = await measureSingle(verifiers, tenant, session, mint, sizes);
  say(`single revocations: ${JSON.stringify(single)}`);
  // A process that has only just been started compiles what it runs.
  await rateOf(load, first, tenant, others, { ...sizes, rounds: 1, seconds: 5 });
  const rates = await rateOf(load, first, tenant, others, sizes);

  const small = [];
  for (let number = 0; number < sizes.cutOffs; number++) {
    const member = await memberOf(first.api, tenant, `member-${number}`);
    await copyTokens(session, mint, { ...tenant, member: member.id }, sizes.tokensOfMember);
    const made = await cutOff(verifiers[number % VERIFIERS], tenant, member.email);
    small.push(made);
    await untilMarked(first, tenant, made.id);
  }
  const each = spread(small.map(({ answerMs }) => answerMs));
  say(`cut-offs of ${sizes.tokensOfMember} tokens: ${JSON.stringify(each)}`);

  const great = await measureGreat({ verifiers, tenant, leaving, watched, load, others }, sizes, say);
  const withMany = await measureInForce({ first, tenant, load, others }, sizes, say);
  await session.end();
  for (const verifier of verifiers) await verifier.stop();
  return {
    pages,
    preview,
    single,
    cutOffs: each,
    great: {
      ...great,
      rateWhileMarking: great.rates.length === 0 ? null : summary(great.rates.map((rate) => rate / rates.median)), // prettier-ignore
    },
    inForce: { cut: withMany.count, ratio: withMany.median / rates.median },
  };
}

async function memberOf(platform, tenant, name) {
  const email = `${name}@example.com`;
  const { status, body, text } = await platform.post(
    '/api/v1/members',
    { email, name, role: 'developer' },
    { 'x-business-id': tenant.id },
  );
  if (status !== 201) throw new Error(`member: ${status} ${text}`);
  return { id: body.id, email };
}

/** Milliseconds of a page of 50 over HTTP, by one word of the selector each. */
async function measurePages({ client }, tenant, { leaving, sample }, { pagesEach }, say) {
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const selectors = {
    'no selector': '',
    owner_email: `owner_email=${leaving.email}`,
    'owner_email of few': `owner_email=${tenant.email}`,
    name: 'name=token%20777',
    'name of nobody': 'name=nobody-has-this',
    preview: `preview=${encodeURIComponent(sample.jti.slice(0, 4))}`,
    scopes_has: 'scopes_has=jobs%3Aread',
    'scopes_has of nobody': 'scopes_has=nobody%3Ahas',
    scopes_only: 'scopes_only=jobs%3Aread',
    prefix: 'prefix=dz',
    dialect: 'dialect=native',
    status: 'status=expired',
    created_after: `created_after=${day(1)}`,
    expires_before: `expires_before=${day(-400)}`,
    last_used_after: `last_used_after=${day(1)}`,
    never_expires: 'never_expires=true',
    unused_days: 'unused_days=30',
    external_id: 'external_id=customer-1',
    metadata: 'metadata=customer%3A1',
    last_used_from: 'last_used_from=203.0.113.0%2F24',
    'sort_by=name': 'sort_by=name',
    'sort_by=expires_at': 'sort_by=expires_at',
    'sort_by=last_used_at': 'sort_by=last_used_at',
  };
  const rows = [];
  for (const [name, query] of Object.entries(selectors)) {
    const took = [];
    for (let number = -3; number < pagesEach; number++) {
      const startMs = performance.now();
      const { status, text } = await client.request('GET', `/api/v1/tokens?limit=50&${query}`, {
        headers: { authorization: tenant.headers.authorization, 'x-business-id': tenant.id },
      });
      if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
      if (number >= 0) took.push(performance.now() - startMs);
    }
    rows.push({ name, ...spread(took) });
    say(`page by ${name}: ${JSON.stringify(rows.at(-1))}`);
  }
  return rows;
}

/** Milliseconds of the preview of a revocation of the whole business. */
async function measurePreviews({ client }, tenant, { previews, tokens }, say) {
  const took = [];
  for (let number = 0; number < previews; number++) {
    const startMs = performance.now();
    const { status, body, text } = await client.request('POST', '/api/v1/revocations', {
      headers: tenant.headers,
      body: { selector: { business: true }, reason: 'measured', preview: true },
    });
    took.push(performance.now() - startMs);
    if (status !== 200) throw new Error(`preview: ${status} ${text}`);
    if (!(body.tokens >= tokens)) throw new Error(`preview of ${body.tokens} tokens`);
  }
  const row = spread(took);
  say(`preview of ${tokens} tokens: ${JSON.stringify(row)}`);
  return row;
}

async function measureSingle(verifiers, tenant, session, mint, { revocations }) {
  const took = [];
  const tokens = await copyTokens(session, mint, tenant, revocations + 20);
  for (const [index, token] of tokens.entries()) {
    const { method, path, ...request } = revokeRequest(tenant, token);
    const startMs = performance.now();
    const { status, text } = await verifiers[index % VERIFIERS].client.request(method, path, request);
    if (index >= 20) took.push(performance.now() - startMs);
    if (status !== 201) throw new Error(`revoke: ${status} ${text}`);
  }
  return spread(took);
}

async function cutOff({ client }, tenant, owner) {
  const startMs = performance.now();
  const { status, body, text } = await client.request('POST', '/api/v1/revocations', {
    headers: tenant.headers,
    body: { selector: { owner }, reason: 'measured' },
  });
  const answerMs = performance.now() - startMs;
  if (status !== 201) throw new Error(`cut-off: ${status} ${text}`);
  return { id: body.id, answerMs };
}

/** Marking takes turns with other changes of the business, so that a cut-off beside it is not one alone. */
async function untilMarked({ client }, tenant, id) {
  const { authorization, 'x-business-id': business } = tenant.headers;
  for (const startMs = performance.now(); performance.now() - startMs < PATIENCE_MS; await delay(POLL_MS)) {
    const { body } = await client.request('GET', `/api/v1/revocations/${id}`, {
      headers: { authorization, 'x-business-id': business },
    });
    if (body.state === 'done') return;
  }
  throw new Error('a cut-off was not marked in time');
}

/** The cut-off of the one with the many tokens: its answer, who still says active after it, and the marking. */
async function measureGreat({ verifiers, tenant, leaving, watched, load, others }, sizes, say) {
  const ask = (verifier, token) => {
    const { method, path, headers, body } = verifyRequest(tenant, token);
    return verifier.client.request(method, path, { headers, body });
  };
  for (const verifier of verifiers)
    for (const token of watched) {
      const { body } = await ask(verifier, token);
      if (body?.active !== true) throw new Error('not active before the cut-off');
    }
  const { id, answerMs } = await cutOff(verifiers[1], tenant, leaving.email);
  const answered = performance.now();
  const verdicts = await Promise.all(
    verifiers.flatMap((verifier) => watched.map((token) => ask(verifier, token))),
  );
  const violations = verdicts.filter(
    ({ status, body }) => status !== 503 && body?.reason !== 'revoked',
  ).length;
  say(`cut-off of ${sizes.tokens} tokens: answered in ${answerMs.toFixed(1)} ms, ${violations} violations`);
  const rates = [];
  /** How far it was when there was no load any more. */
  let alone = null;
  for (;;) {
    const { body } = await verifiers[0].client.request('GET', `/api/v1/revocations/${id}`, { headers: tenant.headers }); // prettier-ignore
    if (body.state === 'done') {
      if (body.tokens_revoked !== sizes.tokens) throw new Error(`${body.tokens_revoked} tokens were marked`);
      break;
    }
    if (performance.now() - answered > PATIENCE_MS) throw new Error(`marked ${body.tokens_revoked} in time`);
    if (rates.length < sizes.rounds)
      rates.push((await rateOf(load, verifiers[0], tenant, others, { ...sizes, rounds: 1 })).median); // prettier-ignore
    else {
      alone ??= { marked: body.tokens_revoked ?? 0, ms: performance.now() };
      await delay(POLL_MS);
    }
  }
  const perSecond = (count, sinceMs, untilMs = performance.now()) => count / ((untilMs - sinceMs) / 1000);
  const marked = {
    perSecond: perSecond(sizes.tokens, answered),
    besideLoad: alone && perSecond(alone.marked, answered, alone.ms),
    alone: alone && perSecond(sizes.tokens - alone.marked, alone.ms),
  };
  say(`marked a second: ${JSON.stringify(marked)}`);
  return { answerMs, violations, marked, rates };
}

/** Cut-offs of identities of the same business, and the rate of verification with all of them in force. */
async function measureInForce({ first, tenant, load, others }, sizes, say) {
  for (let number = 0; number < sizes.inForce; number++) {
    const { status, body, text } = await first.client.request('POST', '/api/v1/identities', {
      headers: tenant.headers,
      body: { name: `identity ${number}` },
    });
    if (status !== 201) throw new Error(`identity: ${status} ${text}`);
    const made = await first.client.request('POST', '/api/v1/revocations', {
      headers: tenant.headers,
      body: { selector: { identity: body.id }, reason: 'measured' },
    });
    if (made.status !== 201) throw new Error(`cut-off: ${made.status} ${made.text}`);
  }
  const rate = await rateOf(load, first, tenant, others, sizes);
  say(`with ${sizes.inForce} more cut-offs in force: ${Math.round(rate.median)}/s`);
  return { ...rate, count: sizes.inForce + sizes.cutOffs + 1 };
}

async function rateOf(load, verifier, tenant, tokens, { rounds, seconds, connections }) {
  const requests = tokens.map((token) => verifyRequest(tenant, token));
  const rates = [];
  for (let round = 0; round < rounds; round++)
    rates.push((await load.run(verifier, { requests, connections, seconds })).perSecond);
  return summary(rates);
}
