import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { AccessTokensController } from './access-tokens.controller.js';
import { InfisicalIdentitiesController } from './infisical-identities.controller.js';
import { InfisicalTokensController } from './infisical-tokens.controller.js';
import { InfisicalTokensService } from './infisical-tokens.service.js';
import { TokenAuthConfigsController } from './token-auth-configs.controller.js';

/** The Infisical Token Auth dialect: /api/v1/auth and /api/v1/identities/details. */
@Module({
  imports: [AuthModule, TokensModule],
  controllers: [
    AccessTokensController,
    InfisicalIdentitiesController,
    InfisicalTokensController,
    TokenAuthConfigsController,
  ],
  providers: [InfisicalTokensService],
})
export class InfisicalModule {}
