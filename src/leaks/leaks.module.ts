import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { GithubKeys } from './github-keys.js';
import { GithubLeaksController, LeakReportsController } from './leaks.controller.js';
import { LeakResponseService } from './leak-response.service.js';

/** Reports that the secret of a token is known to others, and what is done then. */
@Module({
  imports: [AuthModule, RevocationsModule],
  controllers: [LeakReportsController, GithubLeaksController],
  providers: [GithubKeys, LeakResponseService],
})
export class LeaksModule {}
