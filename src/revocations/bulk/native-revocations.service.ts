import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { invalidInput } from '../../common/errors/domain-error.js';
import type { PageQueryDto } from '../../common/page-query.dto.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import type { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import type { RevocationWatch } from '../progress/revocation-progress.dto.js';
import { BulkRevocations } from './bulk-revocations.service.js';
import { aimOf, type RevocationAim } from './revocation-terms.js';
import { RevocationDeclining } from './revocation-declining.service.js';
import { RevocationPreviewDto } from './revocation-preview.dto.js';
import { RevocationPreviews } from './revocation-previews.service.js';
import { RevocationRecords } from './revocation-records.service.js';
import { RevocationDto, RevocationWithReceiptDto, type RevocationPageDto } from './revocation.dto.js';
import {
  RevocationSelectorDto,
  type ApproveRevocationDto,
  type DeclineRevocationDto,
  type RevokeTokensDto,
  type RevokeTokensOfPlatformDto,
} from './revoke-tokens.dto.js';

const MEMBERS_OF_A_PLAN = new Set(['plan', 'if_changed', 'break_glass']);

/** What the API of a business and that of the platform answer of revocations. */
@Injectable()
export class NativeRevocationsService {
  constructor(
    private readonly bulk: BulkRevocations,
    private readonly declining: RevocationDeclining,
    private readonly previews: RevocationPreviews,
    private readonly records: RevocationRecords,
    private readonly clock: DatabaseClock,
  ) {}

  async revokeOrPreview(
    caller: Caller,
    input: RevokeTokensDto | RevokeTokensOfPlatformDto,
    watch?: RevocationWatch,
  ): Promise<RevocationPreviewDto | RevocationWithReceiptDto> {
    const { plan, if_changed: ifChanged, break_glass: breakGlass = false } = input;
    const options = { proceeds: ifChanged === 'proceed', breakGlass };
    if (plan !== undefined) {
      const [other] = Object.entries(input).flatMap(([name, value]) =>
        value === undefined || MEMBERS_OF_A_PLAN.has(name) ? [] : [name],
      );
      if (other !== undefined) throw invalidInput(['body', other], `A plan says this: leave ${other} out`);
      return RevocationWithReceiptDto.of(await this.bulk.revokeInBulk(caller, { ...options, plan }, watch));
    }
    if (ifChanged !== undefined) throw invalidInput(['body', 'if_changed'], 'This goes with a plan');
    const aim = aimOfInput(input);
    if (input.reason === undefined) throw invalidInput(['body', 'reason'], 'Field required', 'missing');
    const { reason } = input;
    if (input.preview === true)
      return RevocationPreviewDto.from(await this.previews.preview(caller, aim, reason), this.clock.nowMs());
    return RevocationWithReceiptDto.of(
      await this.bulk.revokeInBulk(caller, { ...options, aim, reason }, watch),
    );
  }

  async approve(
    caller: Caller,
    id: string,
    input: ApproveRevocationDto,
    watch?: RevocationWatch,
  ): Promise<RevocationWithReceiptDto> {
    const proceeds = input.if_changed === 'proceed';
    return RevocationWithReceiptDto.of(await this.bulk.approve(caller, id, proceeds, watch));
  }

  async decline(caller: Caller, id: string, { reason }: DeclineRevocationDto): Promise<RevocationDto> {
    return RevocationDto.from(await this.declining.decline(caller, id, reason));
  }

  async list(caller: Caller, query: PageQueryDto): Promise<RevocationPageDto> {
    const page = await this.records.list(caller, query);
    return { ...page, items: page.items.map((row) => RevocationDto.from(row)) };
  }

  async get(caller: Caller, id: string): Promise<RevocationWithReceiptDto> {
    const traced = await this.records.get(caller, id);
    return RevocationWithReceiptDto.of(traced, await this.bulk.barToReader(caller, id));
  }

  async tokens(caller: Caller, id: string, query: PageQueryDto): Promise<TokenPageDto> {
    const page = await this.records.tokens(caller, id, query);
    const nowMs = this.clock.nowMs();
    return { ...page, items: page.items.map((token) => TokenInfoDto.from(token, nowMs)) };
  }
}

/** @throws DomainError `input.invalid` */
function aimOfInput({
  selector,
  issued_before: until,
}: RevokeTokensDto | RevokeTokensOfPlatformDto): RevocationAim {
  if (selector === undefined) throw invalidInput(['body', 'selector'], 'Field required', 'missing');
  const issuedBefore = until === undefined || until === null ? null : new Date(until);
  if (selector instanceof RevocationSelectorDto) return aimOf({ ...selector }, issuedBefore);
  return { kind: 'cut_off', selector: { ...selector }, issuedBefore };
}
