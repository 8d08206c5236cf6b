import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { sessionConfig } from '../config/session.config.js';
import { DatabaseModule } from '../database/database.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { OwnPageGuard } from './own-page.guard.js';
import { SessionEnding } from './session-ending.service.js';
import { SessionOpening } from './session-opening.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInWays } from './sign-in-ways.js';

/** Sessions of people: tokens whose secret is in a cookie. */
@Module({
  imports: [
    ConfigModule.forFeature(sessionConfig),
    AuthModule,
    ChangesModule,
    DatabaseModule,
    RevocationsModule,
    SecretsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [SessionsController],
  providers: [OwnPageGuard, SessionEnding, SessionOpening, SessionsRepository, SessionsService, SignInWays],
  exports: [SessionEnding, SessionOpening, SignInWays],
})
export class SessionsModule {}
