import { Module } from '@nestjs/common';
import { TokensModule } from '../tokens/tokens.module.js';
import { OwnPageGuard } from '../auth/cross-site-wall.js';
import { SessionEnding } from './session-ending.service.js';
import { SessionOpening } from './session-opening.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInWays } from './sign-in.js';

const OPEN = [SessionEnding, SessionOpening, SignInWays];

/** Sessions of people: tokens whose secret is in a cookie. */
@Module({
  imports: [TokensModule],
  controllers: [SessionsController],
  providers: [...OPEN, OwnPageGuard, SessionsRepository, SessionsService],
  exports: OPEN,
})
export class SessionsModule {}
