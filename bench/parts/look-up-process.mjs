// @ts-check
/** The built application in this process: looks each secret up once, then measures what memory tells of it. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { root } from '../lib/prerequisites.mjs';

const built = (path) => import(`${root}/dist/${path}.js`);
const [{ AppModule }, { Verifier }, { publicIdOf }, { SecretHasher }, { Verdicts }] = await Promise.all(
  [
    'app/app.module',
    'lease/verifier',
    'secrets/secret-format',
    'secrets/secret-hasher',
    'verification/verdicts',
  ].map(built),
);

const LOOKED_UP_AT_ONCE = 100;
const LEASE_LEFT_MS = 10_000;
const PATIENCE_MS = 30_000;
/** No two neighbours in memory follow each other. */
const STRIDE = 7919;

const [{ businessId, secrets, rounds, perRound }] = await once(process, 'message');
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'fatal'] });
const [verdicts, verifier, hasher] = [app.get(Verdicts), app.get(Verifier), app.get(SecretHasher)];
const others = { from: null, within: businessId };
const own = { ...others, connection: {} };

await lease();
for (let from = 0; from < secrets.length; from += LOOKED_UP_AT_ONCE) {
  const asked = secrets
    .slice(from, from + LOOKED_UP_AT_ONCE)
    .map((secret) => verdicts.verify(secret, others));
  for (const verdict of await Promise.all(asked)) if (!verdict.active) throw new Error(verdict.reason);
}
const tokens = secrets.map((secret) => ({ secret, jti: publicIdOf(secret) }));
const [first] = tokens;
const steps = {
  'lease check and memory look-up': ({ jti }) =>
    verifier.lease.holds() && verdicts.cache.get(jti) !== undefined,
  'digest of the secret (HMAC-SHA-256)': ({ secret }) =>
    hasher.digest(secret, hasher.currentPepperId) !== null,
  "a whole verdict on another's secret": ({ secret }) => verdicts.verify(secret, others).active === true,
  "a whole verdict on the caller's own, presented again on its connection": () =>
    verdicts.verify(first.secret, own).active === true,
};
const microseconds = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, step] of Object.entries(steps)) {
    await lease();
    const took = timeOf(step);
    // The first one compiles the code.
    if (round >= 0) microseconds[name].push(took);
  }
}
process.send?.(microseconds);
await once(process, 'SIGTERM');
await app.close();
process.disconnect?.();

/** @returns microseconds each of this process's CPU, collecting garbage included: whoever else runs here is not counted */
function timeOf(step) {
  const started = process.cpuUsage();
  for (let index = 0, at = 0; index < perRound; index++, at = (at + STRIDE) % tokens.length)
    if (!step(tokens[at])) throw new Error('a verdict was not given out of memory');
  const { user, system } = process.cpuUsage(started);
  return (user + system) / perRound;
}

async function lease() {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await delay(20))
    if (verifier.lease.remainingMs() > LEASE_LEFT_MS) return;
  throw new Error('the verifier got no lease');
}
