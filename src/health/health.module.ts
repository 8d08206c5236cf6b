import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuditModule } from '../audit/audit.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { SecretRegisterModule } from '../secret-register/secret-register.module.js';
import { HealthController } from './health.controller.js';
import { DatabaseStateRepository } from './database-state.repository.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [TerminusModule, AuditModule, ChangesModule, VerifiersModule, SecretRegisterModule],
  controllers: [HealthController],
  providers: [DatabaseStateRepository, Readiness],
})
export class HealthModule {}
