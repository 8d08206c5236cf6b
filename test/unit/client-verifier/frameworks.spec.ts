import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, UseGuards, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { protect as protectExpress } from '../../../packages/verifier/src/express.js';
import { rescind } from '../../../packages/verifier/src/fastify.js';
import { protect as protectHono, type ProtectedEnv } from '../../../packages/verifier/src/hono.js';
import {
  Principal,
  RequireScopes,
  RescindGuard,
  RescindModule,
} from '../../../packages/verifier/src/nest.js';
import type { Question } from '../../../packages/verifier/src/judgement.js';
import { inactive, type ActiveVerdict, type Verdict } from '../../../packages/verifier/src/verdict.js';
import { Verifier } from '../../../packages/verifier/src/verifier.js';

const good: ActiveVerdict = {
  active: true,
  id: 'id',
  jti: 'jti',
  business_id: 'acme',
  owner: { kind: 'user', id: 'ada', name: 'Ada', email: null, role: 'developer' },
  name: 'CI',
  external_id: null,
  metadata: null,
  scopes: ['orders:read'],
  expires_at: null,
  created_at: '2026-11-21T12:00:00.000Z',
};

/** The secret says what the verdict is; `late-` in front of it: by promise. */
function verdictOf(secret: string, { scopes = [] }: Question): Verdict {
  const word = secret.replace('late-', '');
  if (word !== 'good') return inactive(word as 'revoked');
  return scopes.every((scope) => good.scopes.includes(scope)) ? good : inactive('insufficient_scope');
}
const verifier = {
  verify: (secret: string, question: Question) => Promise.resolve(verdictOf(secret, question)),
  verifyCached: (secret: string, question: Question) =>
    secret.startsWith('late-') ? undefined : verdictOf(secret, question),
  close: () => Promise.resolve(),
} as unknown as Verifier;

@Controller()
@UseGuards(RescindGuard)
class OrdersController {
  @Get('read')
  @RequireScopes('orders:read')
  read(@Principal() principal: ActiveVerdict): string {
    return principal.owner.name;
  }
  @Get('write')
  @RequireScopes('orders:write', 'orders:approve')
  write(): string {
    return 'written';
  }
}

@Module({
  imports: [RescindModule.forRoot({ url: 'http://127.0.0.1:9', token: 'none', realm: 'shop' })],
  controllers: [OrdersController],
})
class AppModule {}

const READ = { scopes: ['orders:read'], realm: 'shop' };
const WRITE = { scopes: ['orders:write', 'orders:approve'], realm: 'shop' };

interface Running {
  url: string;
  end(): Promise<unknown>;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function startExpress(): Promise<Running> {
  const app = express();
  app.get('/read', protectExpress(verifier, READ), (request, response) => {
    response.send(request.principal?.owner.name);
  });
  app.get('/write', protectExpress(verifier, WRITE), (_request, response) => {
    response.send('written');
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: urlOf(server), end: () => new Promise((resolve) => server.close(resolve)) };
}

async function startFastify(): Promise<Running> {
  const app = fastify();
  await app.register(rescind, { verifier });
  app.get('/read', { onRequest: app.protect(READ) }, (request) => request.principal?.owner.name);
  app.get('/write', { onRequest: app.protect(WRITE) }, () => 'written');
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), end: () => app.close() };
}

async function startNest(app: INestApplication): Promise<Running> {
  Object.assign(app.get(Verifier), {
    verify: (...asked: [string, Question]) => verifier.verify(...asked),
    verifyCached: (...asked: [string, Question]) => verifier.verifyCached(...asked),
  });
  await app.listen(0, '127.0.0.1');
  return { url: urlOf(app.getHttpServer() as Server), end: () => app.close() };
}

const honoApp = new Hono<ProtectedEnv>();
honoApp.get('/read', protectHono(verifier, READ), (context) =>
  context.text(context.get('principal').owner.name),
);
honoApp.get('/write', protectHono(verifier, WRITE), (context) => context.text('written'));

const FRAMEWORKS: Record<string, () => Promise<Running>> = {
  Express: startExpress,
  Fastify: startFastify,
  'Nest on Express': async () => startNest(await NestFactory.create(AppModule, { logger: false })),
  'Nest on Fastify': async () =>
    startNest(await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })),
};

const CASES: [path: string, authorization: string | null, status: number, challenge: string | null][] = [
  ['/read', 'Bearer good', 200, null],
  ['/read', 'bearer  good', 200, null],
  ['/read', 'Bearer late-good', 200, null],
  ['/read', null, 401, 'Bearer realm="shop"'],
  ['/read', 'Basic Z29vZA==', 401, 'Bearer realm="shop"'],
  ['/read', 'Bearer', 401, 'Bearer realm="shop"'],
  ['/read', 'Bearer good good', 401, 'Bearer realm="shop", error="invalid_token"'],
  ['/read', 'Bearer good,good', 401, 'Bearer realm="shop", error="invalid_token"'],
  ['/read', 'Bearer revoked', 401, 'Bearer realm="shop", error="invalid_token"'],
  ['/read', 'Bearer late-revoked', 401, 'Bearer realm="shop", error="invalid_token"'],
  ['/read', 'Bearer suspended', 401, 'Bearer realm="shop", error="invalid_token"'],
  ['/read', 'Bearer ip_not_allowed', 403, 'Bearer realm="shop", error="insufficient_scope"'],
  ['/read', 'Bearer unavailable', 503, null],
  ['/read', 'Bearer late-unavailable', 503, null],
  [
    '/write',
    'Bearer good',
    403,
    'Bearer realm="shop", error="insufficient_scope", scope="orders:write orders:approve"',
  ],
];

describe.each([...Object.keys(FRAMEWORKS), 'Hono'])('%s', (framework) => {
  let running: Running | undefined;
  beforeAll(async () => {
    running = await FRAMEWORKS[framework]?.();
  });
  afterAll(() => running?.end());

  it.each(CASES)('GET %s with %s: %d, %s', async (path, authorization, status, challenge) => {
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const answer =
      running === undefined
        ? await honoApp.request(path, { headers })
        : await fetch(running.url + path, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    const text = await answer.text();
    if (status === 200) expect(text).toBe('Ada');
    else
      expect(JSON.parse(text)).toMatchObject({
        error: expect.any(String),
        error_description: expect.any(String),
      });
  });
});

describe('what no challenge can carry', () => {
  it.each([
    { scopes: ['two words'] },
    { scopes: ['"'] },
    { scopes: [''] },
    { realm: 'a"b' },
    { realm: 'a\r\nb' },
  ])('%j is refused when the program starts', (options) => {
    expect(() => protectExpress(verifier, options)).toThrow(TypeError);
  });
  it('by a decorator too', () => {
    expect(() => RequireScopes('two words')).toThrow(TypeError);
  });
});
