// @ts-check
/** A program with a client verifier: measures verdicts and memory in itself, then serves routes with and without a guard. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createVerifier } from '@rescind/verifier';
import { rescind } from '@rescind/verifier/fastify';
import { RequireScopes, RescindGuard, RescindModule, Verifier } from '@rescind/verifier/nest';
import { fastify } from 'fastify';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const ASKED_AT_ONCE = 200;
const SCOPES = ['jobs:read'];

const [{ url, credential, secrets, rounds, verdicts }] = await once(process, 'message');
const options = { url, token: credential, max: secrets.length };
const verifier = createVerifier(options);
await verifier.whenReady();

/** After collecting garbage: what the process has of the machine, and what of that is live. */
const memoryMegabytes = async () => {
  for (let times = 0; times < 5; times++) {
    collectGarbage();
    await delay(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss / 1e6, heap: heapUsed / 1e6 };
};

/** @param {Verifier} by */
async function remember(by) {
  for (let from = 0; from < secrets.length; from += ASKED_AT_ONCE) {
    const asked = secrets.slice(from, from + ASKED_AT_ONCE).map((secret) => by.verify(secret));
    for (const verdict of await Promise.all(asked)) if (!verdict.active) throw new Error(verdict.reason);
  }
}

/** Verdicts a second of processor time, over so many different secrets. */
function rateOver(count, question) {
  const before = process.cpuUsage();
  let missed = 0;
  for (let index = 0; index < verdicts; index++) {
    const verdict = verifier.verify(secrets[index % count], question);
    if (verdict instanceof Promise || !verdict.active) missed++;
  }
  const { user, system } = process.cpuUsage(before);
  if (missed > 0) throw new Error(`${missed} verdicts were not from memory`);
  return verdicts / ((user + system) / 1e6);
}

const empty = await memoryMegabytes();
await remember(verifier);
const full = await memoryMegabytes();
const rates = [];
for (let round = 0; round <= rounds; round++) {
  const rate = {};
  for (const [name, count, question] of /** @type {[string, number, object?][]} */ ([
    ['1,000 different secrets', 1000],
    ['1,000 different secrets, with scopes', 1000, { scopes: SCOPES }],
    ['all of them', secrets.length],
  ])) {
    rate[name] = rateOver(Math.min(count, secrets.length), question);
    // The lease is renewed between two measurements, not in one.
    await delay(300);
  }
  // The first round is the one in which the code is compiled.
  if (round > 0) rates.push(rate);
}

const app = fastify();
await app.register(rescind, { verifier });
const answer = { orders: [1, 2, 3] };
app.get('/open', () => answer);
app.get('/guarded', { onRequest: app.protect({ scopes: SCOPES }) }, () => answer);
app.get('/asking', async (request, reply) => {
  const asked = await fetch(`${url}/api/v1/tokens/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token: request.headers.authorization?.slice(7), scopes: SCOPES }),
  });
  const verdict = /** @type {{ active: boolean }} */ (await asked.json());
  return verdict.active ? answer : reply.code(401).send();
});
await app.listen({ host: '127.0.0.1', port: 0 });

/** Without the syntax of decorators, which Node.js does not read. */
class Orders {
  open() {
    return answer;
  }
  guarded() {
    return answer;
  }
}
for (const [name, ...decorators] of [
  ['open', Get('open')],
  ['guarded', Get('guarded'), UseGuards(RescindGuard), RequireScopes(...SCOPES)],
]) {
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, /** @type {string} */ (name));
  for (const decorate of /** @type {MethodDecorator[]} */ (decorators))
    decorate(Orders.prototype, /** @type {string} */ (name), /** @type {PropertyDescriptor} */ (descriptor));
}
Controller()(Orders);
class NestApplication {}
Module({ imports: [RescindModule.forRoot(options)], controllers: [Orders] })(NestApplication);
const nest = await NestFactory.create(NestApplication, new FastifyAdapter(), { logger: false });
await nest.listen(0, '127.0.0.1');
await nest.get(Verifier).whenReady();
await remember(nest.get(Verifier));

const portOf = (server) => server.address().port;
process.on('disconnect', () => process.exit());
process.send?.({
  megabytes: full.resident - empty.resident,
  heapMegabytes: full.heap - empty.heap,
  rates,
  fastifyUrl: `http://127.0.0.1:${portOf(app.server)}`,
  nestUrl: `http://127.0.0.1:${portOf(nest.getHttpServer())}`,
});
