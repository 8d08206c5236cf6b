import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { WorkersModule } from '../common/workers/sibling-workers.js';
import { ClientVerifierList } from './client-verifier-list.js';
import { ClientVerifiersController, VerifierStreamController } from './verifier-stream.controller.js';
import { FactAnswers } from './fact-answers.js';
import { VerifierStreams } from './verifier-streams.js';

/** The stream that client verifiers hang on: its core is in verifiers/client-verifiers. */
@Module({
  imports: [AuthModule, WorkersModule],
  controllers: [ClientVerifiersController, VerifierStreamController],
  providers: [ClientVerifierList, FactAnswers, VerifierStreams],
  exports: [VerifierStreams],
})
export class VerifierStreamModule {}
