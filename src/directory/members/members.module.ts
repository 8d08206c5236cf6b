import { Module } from '@nestjs/common';
import { MemberAccountsRepository } from './member-accounts.repository.js';
import { MembersRepository } from './members.repository.js';

@Module({
  providers: [MemberAccountsRepository, MembersRepository],
  exports: [MemberAccountsRepository, MembersRepository],
})
export class MembersModule {}
