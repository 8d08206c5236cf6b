import { Module } from '@nestjs/common';
import { AdministrationModule } from '../../administration/administration.module.js';
import {
  AccessTokensController,
  InfisicalTokensController,
  TokenAuthConfigsController,
} from './infisical-tokens.controller.js';
import {
  InfisicalIdentitiesController,
  InfisicalOrganizationsController,
} from './infisical-identities.controller.js';
import { InfisicalIdentitiesService } from './infisical-identities.service.js';
import { InfisicalTokensService } from './infisical-tokens.service.js';
import { IdentityTokenAuthRepository } from './token-auth/identity-token-auth.repository.js';
import { TokenAuthService } from './token-auth/token-auth.service.js';

/**
 * The Infisical Token Auth dialect: /api/v1/auth, /api/v1/organization, and Infisical's routes at
 * /api/v1/identities.
 */
@Module({
  imports: [AdministrationModule],
  controllers: [
    InfisicalIdentitiesController,
    TokenAuthConfigsController,
    InfisicalTokensController,
    AccessTokensController,
    InfisicalOrganizationsController,
  ],
  providers: [
    IdentityTokenAuthRepository,
    InfisicalIdentitiesService,
    InfisicalTokensService,
    TokenAuthService,
  ],
})
export class InfisicalModule {}
