import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { ListMembersDto } from '../search.dto.js';
import {
  MemberDto,
  type AddMemberDto,
  type ChangeMemberDto,
  type MemberPageDto,
  type RemovedMemberDto,
} from './member.dto.js';
import { MemberOffboardingService } from './member-offboarding.service.js';
import { MembersService } from './members.service.js';

/** What the API of a business and that of the platform answer of members. */
@Injectable()
export class NativeMembersService {
  constructor(
    private readonly members: MembersService,
    private readonly offboarding: MemberOffboardingService,
  ) {}

  /** @param businessId null: of whatever business */
  async list(businessId: string | null, query: ListMembersDto): Promise<MemberPageDto> {
    const page = await this.members.list(businessId, query);
    return { ...page, items: page.items.map((member) => MemberDto.from(member)) };
  }

  async get(businessId: string, id: string): Promise<MemberDto> {
    return MemberDto.from(await this.members.get(businessId, id));
  }

  async add(businessId: string, input: AddMemberDto, author: Caller): Promise<MemberDto> {
    return MemberDto.from(await this.members.add(businessId, input, author));
  }

  async change(businessId: string, id: string, input: ChangeMemberDto, author: Caller): Promise<MemberDto> {
    return MemberDto.from(await this.members.change(businessId, id, input, author));
  }

  async remove(
    businessId: string,
    id: string,
    reason: string | null,
    author: Caller,
  ): Promise<RemovedMemberDto> {
    const { member, tokensRevoked } = await this.offboarding.remove(businessId, id, reason, author);
    return { ...MemberDto.from(member), tokens_revoked: tokensRevoked };
  }
}
