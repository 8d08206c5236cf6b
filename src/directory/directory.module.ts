import { Module } from '@nestjs/common';
import { BusinessesRepository } from './businesses/businesses.repository.js';
import { GroupsRepository } from './groups/groups.repository.js';
import { MappedRolesRepository } from './groups/mapped-roles.repository.js';
import { IdentitiesRepository } from './identities/identities.repository.js';
import { MemberAccountsRepository } from './members/member-accounts.repository.js';
import { MembersRepository } from './members/members.repository.js';

const PROVIDERS = [
  BusinessesRepository,
  GroupsRepository,
  IdentitiesRepository,
  MappedRolesRepository,
  MemberAccountsRepository,
  MembersRepository,
];

/** The tenants: businesses, their people, groups and machine identities. */
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class DirectoryModule {}
