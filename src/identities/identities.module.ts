import { Module } from '@nestjs/common';
import { IdentitiesRepository } from './identities.repository.js';
import { IdentityTokenAuthRepository } from './identity-token-auth.repository.js';

@Module({
  providers: [IdentitiesRepository, IdentityTokenAuthRepository],
  exports: [IdentitiesRepository, IdentityTokenAuthRepository],
})
export class IdentitiesModule {}
