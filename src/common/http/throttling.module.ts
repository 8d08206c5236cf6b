import { Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { ThrottlerModule } from '@nestjs/throttler';
import { policyConfig } from '../../config/policy.config.js';
import { BoundedThrottlerStorage } from './throttler-storage.js';

const MINUTE_MS = 60_000;

/** What OpenRouteGuard needs; modules with open routes import it. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [ConfigModule.forFeature(policyConfig)],
      inject: [policyConfig.KEY],
      useFactory: ({ openRouteRequestsPerMinute }: ConfigType<typeof policyConfig>) => ({
        throttlers: [{ name: 'open-routes', ttl: MINUTE_MS, limit: openRouteRequestsPerMinute }],
        storage: new BoundedThrottlerStorage(),
        setHeaders: false,
      }),
    }),
  ],
  exports: [ThrottlerModule],
})
export class ThrottlingModule {}
