import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { ChangesModule } from '../../changes/changes.module.js';
import { IdentitiesModule } from '../../directory/identities/identities.module.js';
import { MembersModule } from '../../directory/members/members.module.js';
import { RevocationsModule } from '../../revocations/revocations.module.js';
import { VerifiersModule } from '../../verifiers/verifiers.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { VcitaIssuingService } from './vcita-issuing.service.js';
import { VcitaOwnerRevocationService } from './vcita-owner-revocation.service.js';
import { VcitaTokensController } from './vcita-tokens.controller.js';
import { VcitaTokensService } from './vcita-tokens.service.js';

/** The vcita dialect: /platform/v1/tokens. */
@Module({
  imports: [
    AuthModule,
    ChangesModule,
    IdentitiesModule,
    MembersModule,
    RevocationsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [VcitaTokensController],
  providers: [VcitaIssuingService, VcitaOwnerRevocationService, VcitaTokensService],
})
export class VcitaModule {}
