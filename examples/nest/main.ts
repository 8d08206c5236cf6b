import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Principal,
  RequireScopes,
  RescindGuard,
  RescindModule,
  Verifier,
  type ActiveVerdict,
} from '@rescind/verifier/nest';

@Controller('orders')
@UseGuards(RescindGuard)
class OrdersController {
  @Get()
  @RequireScopes('orders:read')
  list(@Principal() principal: ActiveVerdict): object {
    return { orders: [], for: principal.owner.name };
  }

  @Post()
  @RequireScopes('orders:write')
  create(): object {
    return { id: 1 };
  }
}

@Module({
  imports: [RescindModule.forRoot({ url: process.env.RESCIND_URL!, token: process.env.RESCIND_TOKEN! })],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], forceCloseConnections: true });
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT ?? 4000), '127.0.0.1');
const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
console.log(`listening on ${port}`);
const verifier = app.get(Verifier);
verifier.on('degraded', (reason) => console.log(`degraded: ${reason}`));
verifier.on('ready', () => console.log('ready'));
