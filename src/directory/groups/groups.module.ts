import { Module } from '@nestjs/common';
import { GroupsRepository } from './groups.repository.js';
import { MappedMembersRepository } from './mapped-members.repository.js';
import { RoleMappingsRepository } from './role-mappings.repository.js';

@Module({
  providers: [GroupsRepository, MappedMembersRepository, RoleMappingsRepository],
  exports: [GroupsRepository, MappedMembersRepository, RoleMappingsRepository],
})
export class GroupsModule {}
