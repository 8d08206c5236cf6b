import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../auth/auth.module.js';
import { WorkersModule } from '../common/workers/workers.module.js';
import { verifierStreamConfig } from '../config/verifier-stream.config.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { ClientVerifierList } from './client-verifier-list.js';
import { ClientVerifiersController } from './client-verifiers.controller.js';
import { FactAnswers } from './fact-answers.js';
import { RegisteredClientVerifiersRepository } from './registered-client-verifiers.repository.js';
import { VerifierStreamController } from './verifier-stream.controller.js';
import { VerifierStreams } from './verifier-streams.js';

/** The stream that client verifiers hang on: its core is in verifiers/client-verifiers. */
@Module({
  imports: [ConfigModule.forFeature(verifierStreamConfig), AuthModule, VerifiersModule, WorkersModule],
  controllers: [ClientVerifiersController, VerifierStreamController],
  providers: [ClientVerifierList, FactAnswers, RegisteredClientVerifiersRepository, VerifierStreams],
  exports: [VerifierStreams],
})
export class VerifierStreamModule {}
