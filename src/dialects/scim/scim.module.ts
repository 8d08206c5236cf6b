import { Module } from '@nestjs/common';
import { AdministrationModule } from '../../administration/administration.module.js';
import { ScimDiscoveryController } from './scim-discovery.controller.js';
import { ScimGroupsService } from './scim-groups.service.js';
import { ScimGroupsController, ScimUsersController } from './scim-resources.js';
import { ScimUsersRepository } from './scim-users.repository.js';
import { ScimUsersService } from './scim-users.service.js';

/** SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: a directory provides the members of a business. */
@Module({
  imports: [AdministrationModule],
  controllers: [ScimDiscoveryController, ScimUsersController, ScimGroupsController],
  providers: [ScimGroupsService, ScimUsersRepository, ScimUsersService],
})
export class ScimModule {}
