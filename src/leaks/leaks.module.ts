import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { leaksConfig } from '../config/leaks.config.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { GithubKeys } from './github-keys.js';
import { GithubLeaksController } from './github-leaks.controller.js';
import { LeakReportsController } from './leak-reports.controller.js';
import { LeakResponseService } from './leak-response.service.js';

/** Reports that the secret of a token is known to others, and what is done then. */
@Module({
  imports: [
    ConfigModule.forFeature(leaksConfig),
    AuthModule,
    BusinessesModule,
    ChangesModule,
    RevocationsModule,
  ],
  controllers: [LeakReportsController, GithubLeaksController],
  providers: [GithubKeys, LeakResponseService],
})
export class LeaksModule {}
