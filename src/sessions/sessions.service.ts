import { Injectable } from '@nestjs/common';
import type { BusinessCaller, Caller } from '../auth/caller.js';
import { managesAllTokens, seesAllTokens, type Principal } from '../auth/principal.js';
import { ScopeDemands } from '../auth/scope-demands.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { isInstant } from '../common/instant.js';
import { cutPage, decodeCursor, type Page, type PageDirection } from '../common/page.js';
import { RevokeLane } from '../database/revoke-lane.js';
import { reachOf } from '../revocations/derived/revocation-reach.js';
import { ReceiptsService } from '../tokens/receipts.service.js';
import { TokenRevocationService, type Revocation } from '../revocations/token-revocation.service.js';
import { SessionEnding } from './session-ending.service.js';
import { SessionOpening, type OpenedSession } from './session-opening.service.js';
import { type SessionRow, SessionsRepository } from './sessions.repository.js';
import { type SessionOwner, SignInWays } from './sign-in.js';

const SORT = 'created_at desc';

interface ListRequest {
  limit: number;
  cursor?: string | undefined;
  direction: PageDirection;
}

/** Signing in with a token, and what people do with their sessions and administrators with those of others. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly opening: SessionOpening,
    private readonly ending: SessionEnding,
    private readonly revocations: TokenRevocationService,
    private readonly receipts: ReceiptsService,
    private readonly revokeLane: RevokeLane,
    private readonly demands: ScopeDemands,
    private readonly ways: SignInWays,
  ) {}

  /**
   * Opens a session with the token that the caller presents, which may do what the token may and ends with it.
   * @throws DomainError `authentication.required` for a session, which opens no other; `permission.denied` for a token that gives
   *   its holder no role
   */
  openWithToken(caller: Caller): Promise<OpenedSession> {
    const { principal } = caller;
    const { token, authority } = principal;
    if (token.session !== null) throw refusal('authentication.required');
    if (authority === 'none' || authority === 'no-access') throw refusal('permission.denied');
    this.demands.noteNeeded(principal, null);
    return this.opening.open(sessionOwnerOf(principal), {
      scopes: token.scopes,
      signIn: { method: 'token', tokenId: token.id },
      request: caller.request,
      author: caller,
    });
  }

  /** The session that the request is made with. @throws DomainError `authentication.required` for any other credential */
  async current({ principal: { token } }: Caller): Promise<SessionRow> {
    if (token.session === null) throw refusal('authentication.required');
    return this.get(token.business?.id ?? null, token.id);
  }

  /** @throws DomainError `session.not_found` */
  async get(businessId: string | null, id: string): Promise<SessionRow> {
    const session = await this.sessions.find(businessId, id);
    if (session === null) throw refusal('session.not_found');
    return session;
  }

  /**
   * Signs out: ends the session that the request is made with. Resolves when no verifier can answer "active" for it any more
   * (R1).
   * @returns where the browser goes to sign out at the provider as well; null: nowhere
   */
  async endCurrent(caller: Caller): Promise<string | null> {
    const session = await this.current(caller);
    // Whoever signs out needs no right that could be gone meanwhile.
    await this.ending.endWhere({ id: session.id }, 'signed out', { ...caller, proof: null });
    const { method, issuer, subject, sid } = session;
    return this.ways.logoutUrlOf({
      method,
      ...(issuer === null ? {} : { issuer }),
      ...(subject === null ? {} : { subject }),
      ...(sid === null ? {} : { sid }),
    });
  }

  /** Live sessions, the newest first: the caller's own; of the whole business for those who see all of its tokens. */
  async list({ principal, businessId }: Caller, request: ListRequest): Promise<Page<SessionRow>> {
    const { limit, direction, cursor } = request;
    const position = cursor === undefined ? null : decodeCursor(cursor, SORT, isInstant);
    const after = position === null ? null : { createdAt: position.value, id: position.id };
    const ownerId = seesAllTokens(principal) ? null : idOfOwner(principal);
    const query = { limit, ascending: direction === 'prev', after, ownerId };
    const rows = await this.sessions.page(businessId, query);
    const positionOf = (row: SessionRow) => ({
      sort: SORT,
      value: row.created_at.toISOString(),
      id: row.id,
    });
    return cutPage(rows, { limit, direction, cursorGiven: after !== null, positionOf });
  }

  /**
   * Revokes a session: the caller's own, or of anybody in the business for those who manage all of its tokens. Guarantees as
   * TokenRevocationService.revokeById.
   * @throws DomainError `session.not_found` also for one that the caller may not see
   */
  async revokeSession(caller: Caller, id: string, reason: string | null): Promise<Revocation> {
    const { principal, businessId } = caller;
    if (principal.token.id !== id) this.demands.demand(principal, 'rescind:tokens:write');
    if (!managesAllTokens(principal) && principal.token.id !== id)
      await this.demandOwn(businessId, id, principal);
    const reach = reachOf({ reason });
    if (!reach.children)
      return asSession(this.revocations.revokeById(businessId, id, caller, reason, { kind: 'session' }));
    const derived = { businessId, tokenId: id, kind: 'session' as const, reason, reach };
    const ofAnybody = managesAllTokens(principal);
    return asSession(this.revocations.revokeWithDerived({ ...derived, ofAnybody }, caller));
  }

  /**
   * The signed receipt of the end of a session, whoever or whatever ended it, for whoever could see it in the list.
   * @throws DomainError `session.not_found`, also while it is not revoked; `audit.integrity_violated` as ReceiptsService
   */
  async receipt(caller: BusinessCaller, id: string): Promise<string> {
    const { principal, businessId } = caller;
    const session = await this.get(businessId, id);
    if (!seesAllTokens(principal) && session.owner_id !== idOfOwner(principal))
      throw refusal('session.not_found');
    return asSession(this.receipts.receiptOfSession(caller, { id, openedWith: session.issued_by_token }));
  }

  private async demandOwn(businessId: string | null, id: string, principal: Principal): Promise<void> {
    const session = await this.revokeLane.look(businessId, (manager) =>
      this.sessions.find(businessId, id, manager),
    );
    if (session === null || session.owner_id === null || session.owner_id !== principal.token.owner.id)
      throw refusal('session.not_found');
  }
}

/** What is said of a token, in words about a session. */
async function asSession<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const isMissing = error instanceof DomainError && error.code === 'token.not_found';
    throw isMissing ? refusal('session.not_found') : error;
  }
}

/** Nobody has the id of a token without an owner but that token. */
function idOfOwner({ token }: Principal): string {
  return token.owner.id ?? token.id;
}

function sessionOwnerOf({ token: { owner, business } }: Principal): SessionOwner {
  const businessId = business?.id;
  if (owner.kind === 'platform' || businessId === undefined)
    return {
      kind: 'platform',
      issuedTo: owner.issuedTo,
      ...(businessId === undefined ? {} : { businessId }),
    };
  const id = owner.id as string;
  return owner.kind === 'user'
    ? { kind: 'user', businessId, memberId: id }
    : { kind: 'identity', businessId, identityId: id };
}
