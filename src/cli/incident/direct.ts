import type { INestApplicationContext, Type } from '@nestjs/common';
import { NIL as NIL_UUID } from 'uuid';
import { SYSTEM_CONTEXT } from '../../audit/trail/audit-draft.js';
import type { BusinessCaller, Caller } from '../../auth/caller.js';
import { principalOf } from '../../auth/principal.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { InputPipe } from '../../common/input.pipe.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import { NativeRevocationsService } from '../../revocations/bulk/native-revocations.service.js';
import { RevokeTokensDto, RevokeTokensOfPlatformDto } from '../../revocations/bulk/revoke-tokens.dto.js';
import { RevokeTokenDto } from '../../tokens/dto/change-token.dto.js';
import { ListTokensDto } from '../../token-rows/dto/list-tokens.dto.js';
import { FindTokensDto, type FoundTokensDto } from '../../insight/finding/find-tokens.dto.js';
import { TokenFindingService } from '../../insight/finding/token-finding.service.js';
import { NativeTokensService } from '../../tokens/native-tokens.service.js';
import { PLATFORM_ADMIN } from '../../verification/scopes.js';
import { inApplication } from '../in-application.js';
import type { RevocationPreviewDto } from '../../revocations/bulk/revocation-preview.dto.js';
import type { RevocationWithReceiptDto } from '../../revocations/bulk/revocation.dto.js';
import type { RevokeAnswerDto } from '../../revocations/revoked-token.dto.js';
import type { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import {
  EXIT_REFUSED,
  EXIT_UNCONFIRMED,
  Refused,
  SetChanged,
  type CutOffRequest,
  type PlanRequest,
  type TokenAuthority,
} from './token-authority.js';

/**
 * Runs `work` on the database in the settings, with the services of the API and without a server. This process
 * registers as a verifier, so revocations wait for all others as usual (R1). Whoever has the settings is trusted;
 * the actor in the log is `system`, with the name of the person who was given.
 * @param by the person who does it; null: nobody is named
 */
export function directly<Result>(
  businessId: string | null,
  by: string | null,
  work: (authority: TokenAuthority) => Promise<Result>,
): Promise<Result> {
  return inApplication(async (app) => {
    if (businessId !== null && (await app.get(BusinessesRepository).find(businessId)) === null)
      throw new Refused('There is no business of that id.');
    return work(new Direct(app, businessId, by));
  });
}

class Direct implements TokenAuthority {
  private readonly caller: Caller;
  private readonly pipe = new InputPipe();

  constructor(
    private readonly app: INestApplicationContext,
    businessId: string | null,
    by: string | null,
  ) {
    this.caller = operator(businessId, by);
  }

  list(query: object): Promise<TokenPageDto> {
    return this.answer(async () =>
      this.app
        .get(NativeTokensService)
        .list(this.inBusiness(), await this.input(ListTokensDto, query, 'query')),
    );
  }

  find(input: object): Promise<FoundTokensDto> {
    return this.answer(async () =>
      this.app.get(TokenFindingService).find(this.caller, await this.input(FindTokensDto, input, 'body')),
    );
  }

  async preview(request: CutOffRequest): Promise<RevocationPreviewDto> {
    return (await this.revokeAs({ ...request, preview: true })) as RevocationPreviewDto;
  }

  /** Without a second person, even if one is required: nobody can approve while no server runs. The log records it. */
  async revokeMany(request: CutOffRequest | PlanRequest): Promise<RevocationWithReceiptDto> {
    return (await this.revokeAs({ ...request, break_glass: true })) as RevocationWithReceiptDto;
  }

  private revokeAs(request: object): Promise<object> {
    const metatype = this.caller.businessId === null ? RevokeTokensOfPlatformDto : RevokeTokensDto;
    return this.answer(async () =>
      this.app
        .get(NativeRevocationsService)
        .revokeOrPreview(
          this.caller,
          await this.input<RevokeTokensDto | RevokeTokensOfPlatformDto>(metatype, request, 'body'),
        ),
    );
  }

  revokeToken(id: string, reason: string): Promise<RevokeAnswerDto> {
    return this.answer(async () =>
      this.app
        .get(NativeTokensService)
        .revokeToken(this.inBusiness(), id, await this.input(RevokeTokenDto, { reason }, 'body')),
    );
  }

  revocation(id: string): Promise<RevocationWithReceiptDto> {
    return this.answer(() => this.app.get(NativeRevocationsService).get(this.caller, id));
  }

  private inBusiness(): BusinessCaller {
    const { businessId } = this.caller;
    if (businessId === null) throw new Refused('--business must say whose tokens are meant.');
    return { ...this.caller, businessId };
  }

  private input<Input>(metatype: Type<Input>, value: object, type: 'body' | 'query'): Promise<Input> {
    return this.pipe.transform(value, { type, metatype }) as Promise<Input>;
  }

  private async answer<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { tokens_planned: planned, tokens_now: now } = error.facts.details ?? {};
      if (error.code === 'revocation.set_changed')
        throw new SetChanged(error.message, Number(planned), Number(now));
      const issues = error.facts.issues?.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`) ?? [];
      throw new Refused(
        issues.length === 0 ? error.message : issues.join('; '),
        error.code === 'revocation.unconfirmed' ? EXIT_UNCONFIRMED : EXIT_REFUSED,
      );
    }
  }
}

/** The caller who has the database and the secrets of the installation: no token, so none that could be revoked. */
function operator(businessId: string | null, by: string | null): Caller {
  const { actor, request, label } = SYSTEM_CONTEXT;
  const principal = principalOf({
    // Of no token: whoever has the settings can use every such plan.
    ...{ id: NIL_UUID, jti: '', digest: '', pepperId: '', name: null, labels: null },
    scopes: [PLATFORM_ADMIN],
    trustedIps: null,
    business: null,
    owner: {
      ...{ kind: 'platform', id: null, name: label, email: null, issuedTo: by, role: null },
      ...{ present: true, stale: false },
    },
    ...{
      createdAtMs: 0,
      endsAtMs: Infinity,
      revoked: false,
      usesLimited: false,
      session: null,
      notedAtMs: 0,
    },
  });
  return {
    principal: { ...principal, actor },
    businessId,
    idempotencyKey: null,
    actor,
    proof: null,
    label: by ?? label,
    request: { ...request, ...(by === null ? {} : { claimedUser: by }) },
  };
}
