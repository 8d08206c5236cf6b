import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import { AdmissionModule } from '../admission/admission.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { DenialRecorder } from '../auth/denial-recorder.js';
import { FailedAuthenticationRecorder } from '../auth/failed-authentication-recorder.js';
import { SettledRefusals } from '../auth/settled-refusals.js';
import { ErrorFilter } from '../common/errors/error.filter.js';
import { ERROR_OBSERVERS } from '../common/errors/error-observer.js';
import { ERROR_SHAPES, NativeErrorShape } from '../common/errors/error-shape.js';
import { InputPipe } from '../common/input.pipe.js';
import { rootLogger } from '../common/logging.js';
import { SETTINGS } from '../config/settings.js';
import { API_DOCUMENTS } from './open-api-documents.js';
import { DATABASE_SESSIONS } from './database-sessions.js';
import { GatewayErrorShape } from '../dialects/gateway/gateway-error-shape.js';
import { IntegrityModule } from '../integrity/integrity.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { InfisicalErrorShape } from '../dialects/infisical/infisical-error-shape.js';
import {
  OpenTrainAgentErrorShape,
  OpenTrainErrorShape,
} from '../dialects/opentrain/opentrain-error-shape.js';
import { ScimErrorShape } from '../dialects/scim/scim-error-shape.js';
import { VcitaErrorShape } from '../dialects/vcita/vcita-error-shape.js';
import { OAuthErrorShape } from '../dialects/oauth/oauth-error-shape.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: SETTINGS }),
    // No middleware per request: the access log is a hook of its own (see configure-app.ts).
    LoggerModule.forRoot({ pinoHttp: { logger: rootLogger() }, forRoutes: [] }),
    ...DATABASE_SESSIONS,
    AdmissionModule,
    AuthModule,
    ...API_DOCUMENTS.flatMap(({ modules }) => modules),
    IntegrityModule,
    LifecycleModule,
  ],
  providers: [
    {
      provide: ERROR_SHAPES,
      useFactory: () => [
        new NativeErrorShape(),
        new OpenTrainErrorShape(),
        new OpenTrainAgentErrorShape(),
        new InfisicalErrorShape('/api/v1/auth'),
        new InfisicalErrorShape('/api/v1/identities/details'),
        new InfisicalErrorShape('/api/v1/organization'),
        new InfisicalErrorShape('/api/v2'),
        new InfisicalErrorShape('/api/v3'),
        new VcitaErrorShape(),
        new ScimErrorShape(),
        new OAuthErrorShape('/oauth', 'invalid_client'),
        new OAuthErrorShape('/oauth/introspect', 'invalid_token'),
        new OAuthErrorShape('/.well-known', 'invalid_token'),
        new GatewayErrorShape(),
      ],
    },
    {
      provide: ERROR_OBSERVERS,
      useFactory: (...observers: unknown[]) => observers,
      inject: [DenialRecorder, FailedAuthenticationRecorder, SettledRefusals],
    },
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_PIPE, useClass: InputPipe },
  ],
})
export class AppModule {}
