import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SYSTEM_CONTEXT, type AuditContext, type RequestFacts } from '../audit/trail/audit-draft.js';
import type { Change } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { newId } from '../common/new-id.js';
import { sessionConfig } from '../config/session.config.js';
import { mintSecret } from '../secrets/mint.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { earliest } from '../token-rows/token-lifetime.js';
import type { Token } from '../token-rows/token.entity.js';
import { UNSET } from '../token-schema/derived.js';
import { TokensRepository } from '../tokens/tokens.repository.js';
import { type PersonRow, SessionsRepository } from './sessions.repository.js';
import type { SessionOwner, SignIn } from './sign-in.js';

/** Prefix of the secrets of sessions, so that a leaked one can be recognised. */
const SESSION_PREFIX = 'dzs';

interface SessionTerms {
  /** The most that it may do; its owner's role limits it at every moment as well. */
  scopes: readonly string[];
  signIn: SignIn;
  /** When it ends at the latest; left out: as configured. */
  endsAt?: Date;
  request: RequestFacts;
  /** Who acts, where a credential was presented that is proven again; left out: the person, whom the caller has proven. */
  author?: AuditContext;
}

/** A session that was opened. The secret exists here and in the browser's cookie, and nowhere else. */
export interface OpenedSession {
  secret: string;
  id: string;
  expiresAt: Date;
}

/** Opens sessions, for every way of signing in. */
@Injectable()
export class SessionOpening {
  constructor(
    private readonly changes: Changes,
    private readonly sessions: SessionsRepository,
    private readonly tokens: TokensRepository,
    private readonly hasher: SecretHasher,
    @Inject(sessionConfig.KEY) private readonly config: ConfigType<typeof sessionConfig>,
  ) {}

  /**
   * Opens a new session: an existing one is never taken over, and none is ended. One that is opened with a token has no more
   * scopes than that, is bound to the same addresses, and ends with it. Recorded as `session.opened` in the log of the
   * business, or of the platform.
   * @throws DomainError `authentication.invalid` for a person who is not there any more, whose account is not theirs any
   *   more, or whose business is suspended;
   *   `permission.denied` for a token whose uses are limited
   */
  open(owner: SessionOwner, terms: SessionTerms): Promise<OpenedSession> {
    const author = terms.author ?? { ...SYSTEM_CONTEXT, request: terms.request };
    return this.changes.make(author, owner.businessId ?? null, 'unconcerned', (change) =>
      this.openIn(owner, terms, change),
    );
  }

  private async openIn(owner: SessionOwner, terms: SessionTerms, change: Change): Promise<OpenedSession> {
    const { manager, businessId } = change;
    const { signIn } = terms;
    const person = await this.sessions.holdPerson(owner, signIn, manager);
    if (person === null) throw refused('revoked');
    if (person.suspended) throw refused('suspended');
    const opener = await this.openerOf(signIn, change);
    const minted = mintSecret(SESSION_PREFIX);
    const id = newId();
    const { idleSeconds, lifetimeSeconds } = this.config;
    const trustedIps = opener?.trustedIps ?? null;
    const scopes = terms.scopes.filter((scope) => opener === null || opener.scopes.includes(scope));
    const atMost = earliest(terms.endsAt ?? null, opener?.expiresAt ?? null, opener?.graceEndsAt ?? null);
    const made = await this.tokens.insertAll(
      [
        {
          ...UNSET,
          ...{ id, jti: minted.publicId, businessId, tokenPrefix: minted.preview, dialect: 'native' },
          ownerKind: owner.kind,
          memberId: owner.kind === 'user' ? owner.memberId : null,
          identityId: owner.kind === 'identity' ? owner.identityId : null,
          issuedTo: owner.kind === 'platform' && businessId === null ? owner.issuedTo : null,
          ...this.hasher.digestForStorage(minted.secret),
          scopes,
          issuedByToken: opener?.id ?? null,
          trustedIps,
          expiresAt: { inSeconds: lifetimeSeconds, atMost },
          idleSeconds,
        },
      ],
      manager,
    );
    const expiresAt = made.get(id)?.expiresAt as Date;
    await this.sessions.insertSignIn(businessId, id, signIn, manager);
    this.record(change, owner, terms, {
      ...{ id, person, scopes, trustedIps, expiresAt, idleSeconds },
      openerId: opener?.id ?? null,
    });
    return { secret: minted.secret, id, expiresAt };
  }

  /** @throws DomainError `authentication.invalid` when its row is not what this service wrote, `permission.denied` */
  private async openerOf({ tokenId }: SignIn, { businessId, manager }: Change): Promise<Token | null> {
    if (tokenId === undefined) return null;
    const [token = null] = await this.tokens.findAll([{ businessId, id: tokenId }], manager);
    if (token === null) throw refused('revoked');
    if (token.usesLimit !== null)
      throw new DomainError('permission.denied', 'A token with limited uses opens no session.');
    return token;
  }

  private record(
    change: Change,
    owner: SessionOwner,
    { signIn: { method, issuer, subject }, author, request }: SessionTerms,
    made: {
      id: string;
      person: PersonRow;
      scopes: string[];
      trustedIps: string[] | null;
      expiresAt: Date;
      idleSeconds: number;
      openerId: string | null;
    },
  ): void {
    const { id, person, scopes, expiresAt } = made;
    const label = person.email ?? person.name;
    const ownerId =
      owner.kind === 'user' ? owner.memberId : owner.kind === 'identity' ? owner.identityId : null;
    const email = owner.kind === 'platform' ? owner.issuedTo : person.email;
    change.record({
      actor: author?.actor ?? { kind: owner.kind, id: ownerId, email, token_id: null },
      action: 'session.opened',
      target: { kind: 'token', id },
      request,
      details: {
        owner: label,
        owner_id: ownerId,
        scopes,
        expires_at: expiresAt.toISOString(),
        idle_seconds: made.idleSeconds,
        trusted_ips: made.trustedIps,
        method,
        issued_by_token: made.openerId,
        ...(issuer === undefined ? {} : { issuer }),
        ...(subject === undefined ? {} : { subject }),
      },
    });
  }
}

function refused(failure: string): DomainError {
  return refusal('authentication.invalid', { details: { failure } });
}
