import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../audit/trail/audit-draft.js';
import { DomainError } from '../common/errors/domain-error.js';
import type { Member } from '../directory/members/member.entity.js';
import { SessionEnding } from '../sessions/session-ending.service.js';
import { SessionOpening, type OpenedSession } from '../sessions/session-opening.service.js';
import { MANAGEMENT_SCOPES, PLATFORM_ADMIN } from '../verification/scopes.js';
import type { SignedIn } from './oidc-sign-in.service.js';
import { signInAuthor } from './failed-sign-ins.js';
import { SignInRefusal } from './sign-in-refusal.js';
import { SignedOutService } from './signed-out.service.js';

/** All that a role can allow: which of it, is decided by the role at every moment. */
const SCOPES: readonly string[] = MANAGEMENT_SCOPES.filter((scope) => scope !== PLATFORM_ADMIN);
/** Long enough to repair the provider, or to give somebody else a way in. */
const RECOVERY_MS = 3_600_000;

/** The sessions of people who have come in by a provider or a recovery code. */
@Injectable()
export class PersonSessionsService {
  constructor(
    private readonly opening: SessionOpening,
    private readonly ending: SessionEnding,
    private readonly signedOut: SignedOutService,
  ) {}

  /** @throws SignInRefusal when the member, their account, the business or the session at the provider has ended meanwhile */
  async openByProvider(
    { businessId, memberId, person, begunAt }: SignedIn,
    request: RequestFacts,
  ): Promise<OpenedSession> {
    const { issuer, subject, sid } = person;
    const account = { issuer, subject, businessId };
    try {
      const opened = await this.opening.open(
        { kind: 'user', businessId, memberId },
        {
          scopes: SCOPES,
          signIn: { method: 'oidc', issuer, subject, ...(sid === undefined ? {} : { sid }) },
          request,
        },
      );
      if (!(await this.signedOut.isOver(person, begunAt))) return opened;
      await this.ending.endWhere(
        { id: opened.id },
        'signed out at the provider',
        signInAuthor('provider', request),
      );
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'authentication.invalid') throw error;
      throw new SignInRefusal('not_a_member', 'member_removed', { account, cause: error });
    }
    throw new SignInRefusal('attempt_expired', 'signed_out_meanwhile', { account });
  }

  /** Ends an hour later at the latest. */
  openByRecovery({ businessId, id: memberId }: Member, request: RequestFacts): Promise<OpenedSession> {
    return this.opening.open(
      { kind: 'user', businessId, memberId },
      {
        scopes: SCOPES,
        signIn: { method: 'recovery_code' },
        endsAt: new Date(Date.now() + RECOVERY_MS),
        request,
      },
    );
  }
}
