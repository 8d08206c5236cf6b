// @ts-check
/**
 * What a team writes by hand: a NestJS guard on Fastify that looks up the SHA-256 of the bearer token through
 * TypeORM on every request, judges revocation and expiry, and answers who it is. The decorators are applied as
 * calls, because this file runs unbuilt; the metadata is the same.
 */
import 'reflect-metadata';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Controller, Get, Injectable, Module, Req, UnauthorizedException, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { InjectRepository, TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
import { EntitySchema } from 'typeorm';
import { ready, settings } from './ready.mjs';

class ApiToken {}
const ApiTokenSchema = new EntitySchema({
  name: 'ApiToken',
  target: ApiToken,
  tableName: 'api_tokens',
  columns: {
    id: { type: 'uuid', primary: true },
    tokenHash: { type: 'varchar', length: 64, unique: true },
    businessId: { type: 'uuid' },
    name: { type: 'varchar' },
    scopes: { type: 'text', array: true },
    createdAt: { type: 'timestamptz' },
    expiresAt: { type: 'timestamptz', nullable: true },
    revokedAt: { type: 'timestamptz', nullable: true },
  },
});

class TokenGuard {
  constructor(tokens) {
    this.tokens = tokens;
  }

  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const [scheme, secret] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || !secret) throw new UnauthorizedException();
    const tokenHash = createHash('sha256').update(secret).digest('hex');
    const token = await this.tokens.findOneBy({ tokenHash });
    if (!token || token.revokedAt || (token.expiresAt && token.expiresAt < new Date()))
      throw new UnauthorizedException();
    request.token = token;
    return true;
  }
}
Injectable()(TokenGuard);
InjectRepository(ApiToken)(TokenGuard, undefined, 0);

class VerifyController {
  verify({ token }) {
    const { id, businessId, name, scopes, expiresAt } = token;
    return { active: true, id, businessId, name, scopes, expiresAt };
  }
}
const handler = Object.getOwnPropertyDescriptor(VerifyController.prototype, 'verify');
Get()(VerifyController.prototype, 'verify', handler);
UseGuards(TokenGuard)(VerifyController.prototype, 'verify', handler);
Req()(VerifyController.prototype, 'verify', 0);
Controller('verify')(VerifyController);

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: settings.databaseUrl,
      entities: [ApiTokenSchema],
      synchronize: true,
      poolSize: 10,
    }),
    TypeOrmModule.forFeature([ApiTokenSchema]),
  ],
  controllers: [VerifyController],
  providers: [TokenGuard],
})(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
const requests = [];
const rows = [];
for (let index = 0; index < settings.tokens; index++) {
  const secret = `tk_${randomBytes(24).toString('base64url')}`;
  const id = randomUUID();
  rows.push({
    id,
    tokenHash: createHash('sha256').update(secret).digest('hex'),
    businessId: randomUUID(),
    name: `token ${index}`,
    scopes: ['jobs:read'],
    createdAt: new Date(),
    expiresAt: new Date(Date.now() + 86_400_000),
    revokedAt: null,
  });
  requests.push({
    method: 'GET',
    path: '/verify',
    headers: { authorization: `Bearer ${secret}` },
    expect: ['"active":true', id],
  });
}
await app.get(getRepositoryToken(ApiToken)).insert(rows);
ready({ port: app.getHttpServer().address().port, requests });
