import { Module } from '@nestjs/common';
import { IdentitiesRepository } from './identities.repository.js';

@Module({
  providers: [IdentitiesRepository],
  exports: [IdentitiesRepository],
})
export class IdentitiesModule {}
