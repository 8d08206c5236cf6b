import { Module } from '@nestjs/common';
import { RoleMappings } from '../revocations/derived/role-mappings.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { BusinessesController, OwnBusinessesController } from './businesses/businesses.controller.js';
import { BusinessesService } from './businesses/businesses.service.js';
import { IdentitiesController } from './identities/identities.controller.js';
import { IdentitiesService } from './identities/identities.service.js';
import { DirectoryMembersService } from './members/directory-members.service.js';
import { MappedRolesService } from './members/mapped-roles.service.js';
import { MembersController, MembershipsController } from './members/members.controller.js';
import { MembersService } from './members/members.service.js';
import { PlatformTokensController } from './platform-tokens/platform-tokens.controller.js';
import { RoleMappingController } from './role-mapping/role-mapping.controller.js';

const OPEN = [DirectoryMembersService, IdentitiesService, MappedRolesService, MembersService];

/** Businesses, people, machine identities and the platform: what administrators do. */
@Module({
  imports: [TokensModule],
  controllers: [
    BusinessesController,
    OwnBusinessesController,
    IdentitiesController,
    MembersController,
    MembershipsController,
    PlatformTokensController,
    RoleMappingController,
  ],
  providers: [...OPEN, BusinessesService, { provide: RoleMappings, useExisting: MappedRolesService }],
  exports: [...OPEN, TokensModule],
})
export class AdministrationModule {}
