import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { VerificationController } from './verification.controller.js';
import { VerificationService, VerifyRequest } from './verification.service.js';
import { VerifyFastPath } from './verify-fast-path.js';

/** The HTTP API of verification. It needs auth, so it stands beside tokens, above the verdicts themselves. */
@Module({
  imports: [AuthModule],
  controllers: [VerificationController],
  providers: [VerificationService, VerifyRequest, VerifyFastPath],
  exports: [VerificationService],
})
export class VerificationApiModule {}
