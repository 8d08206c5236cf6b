import { Module } from '@nestjs/common';
import { ChangesModule } from '../changes/changes.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { LastStartRepository } from './last-start.repository.js';
import { ServiceRecord } from './service-record.js';

/** The record of starts and stops. */
@Module({
  imports: [ChangesModule, SecretsModule],
  providers: [LastStartRepository, ServiceRecord],
})
export class LifecycleModule {}
