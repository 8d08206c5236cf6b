import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ChangesModule } from '../changes/changes.module.js';
import { BusinessesModule } from '../directory/businesses/businesses.module.js';
import { GroupsModule } from '../directory/groups/groups.module.js';
import { IdentitiesModule } from '../directory/identities/identities.module.js';
import { MembersModule } from '../directory/members/members.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { VerifiersModule } from '../verifiers/verifiers.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { RoleMappings } from '../revocations/derived/role-mappings.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { BusinessesController } from './businesses/businesses.controller.js';
import { BusinessesService } from './businesses/businesses.service.js';
import { OwnBusinessesController } from './businesses/own-businesses.controller.js';
import { IdentitiesController } from './identities/identities.controller.js';
import { IdentitiesService } from './identities/identities.service.js';
import { DirectoryMembersService } from './members/directory-members.service.js';
import { MappedRolesService } from './members/mapped-roles.service.js';
import { MemberOffboardingService } from './members/member-offboarding.service.js';
import { MembersController } from './members/members.controller.js';
import { MembershipsController } from './members/memberships.controller.js';
import { MembersService } from './members/members.service.js';
import { NativeMembersService } from './members/native-members.service.js';
import { PlatformTokensController } from './platform-tokens/platform-tokens.controller.js';
import { RoleMappingController } from './role-mapping/role-mapping.controller.js';
import { RoleMappingService } from './role-mapping/role-mapping.service.js';

/** Businesses, people, machine identities and the platform: what administrators do. */
@Module({
  imports: [
    AuthModule,
    BusinessesModule,
    ChangesModule,
    GroupsModule,
    IdentitiesModule,
    MembersModule,
    RevocationsModule,
    SecretsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [
    BusinessesController,
    OwnBusinessesController,
    IdentitiesController,
    MembersController,
    MembershipsController,
    PlatformTokensController,
    RoleMappingController,
  ],
  providers: [
    BusinessesService,
    DirectoryMembersService,
    IdentitiesService,
    MappedRolesService,
    MemberOffboardingService,
    MembersService,
    NativeMembersService,
    RoleMappingService,
    { provide: RoleMappings, useExisting: RoleMappingService },
  ],
  exports: [DirectoryMembersService, IdentitiesService, MappedRolesService, MembersService],
})
export class AdministrationModule {}
