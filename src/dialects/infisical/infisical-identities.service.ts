import { Injectable } from '@nestjs/common';
import { IdentitiesService } from '../../administration/identities/identities.service.js';
import { given } from '../../administration/before-and-after.js';
import type { BusinessCaller } from '../../auth/caller.js';
import { refusal } from '../../common/errors/domain-error.js';
import type { Identity } from '../../directory/identities/identity.entity.js';
import {
  type ChangeInfisicalIdentityDto,
  type CreateInfisicalIdentityDto,
  InfisicalIdentityDto,
  InfisicalMembershipDto,
  roleFrom,
} from './infisical-identity.dto.js';
import { IdentityTokenAuthRepository } from './token-auth/identity-token-auth.repository.js';

/** Machine identities in Infisical's terms. A deleted one is disabled here, and from then on looks absent. */
@Injectable()
export class InfisicalIdentitiesService {
  constructor(
    private readonly identities: IdentitiesService,
    private readonly settings: IdentityTokenAuthRepository,
  ) {}

  /** @throws DomainError `business.forbidden` for any organization but the caller's; as IdentitiesService */
  async create(caller: BusinessCaller, input: CreateInfisicalIdentityDto): Promise<InfisicalIdentityDto> {
    if (input.organizationId.toLowerCase() !== caller.businessId) throw refusal('business.forbidden');
    const role = roleFrom(input.role);
    return InfisicalIdentityDto.from(await this.identities.create(caller, { name: input.name, role }), false);
  }

  /** @throws DomainError `identity.not_found` */
  async get({ businessId }: BusinessCaller, id: string): Promise<InfisicalMembershipDto> {
    const identity = await this.active(businessId, id);
    return InfisicalMembershipDto.from(identity, await this.hasTokenAuth(identity));
  }

  /** @throws DomainError `identity.not_found`; as IdentitiesService */
  async change(
    caller: BusinessCaller,
    id: string,
    { name, role }: ChangeInfisicalIdentityDto,
  ): Promise<InfisicalIdentityDto> {
    await this.active(caller.businessId, id);
    const changes = given({ name, role: role === undefined ? undefined : roleFrom(role) });
    const identity = await this.identities.change(caller, id, changes);
    return InfisicalIdentityDto.from(identity, await this.hasTokenAuth(identity));
  }

  /**
   * Disables the identity and revokes all its tokens; resolves when every verifier refuses them. A repeated call
   * gives the same answer.
   * @throws DomainError `identity.not_found`; as IdentitiesService
   */
  async delete(caller: BusinessCaller, id: string): Promise<InfisicalIdentityDto> {
    const { identity } = await this.identities.disable(caller, id, 'identity deleted');
    return InfisicalIdentityDto.from(identity, false);
  }

  private async active(businessId: string, id: string): Promise<Identity> {
    const identity = await this.identities.get(businessId, id);
    if (identity.status !== 'active') throw refusal('identity.not_found');
    return identity;
  }

  private async hasTokenAuth({ businessId, id }: Identity): Promise<boolean> {
    return (await this.settings.find(businessId, id)) !== null;
  }
}
