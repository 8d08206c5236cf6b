import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { NIL as NIL_UUID } from 'uuid';
import { type RequestFacts, SYSTEM_CONTEXT } from '../../audit/trail/audit-draft.js';
import { Changes } from '../../changes/changes.js';
import { refusal } from '../../common/errors/domain-error.js';
import type { Business } from '../../directory/businesses/business.entity.js';
import { BusinessesRepository } from '../../directory/businesses/businesses.repository.js';
import type { Member } from '../../directory/members/member.entity.js';
import { MembersRepository } from '../../directory/members/members.repository.js';
import { equalInConstantTime } from '../../secrets/digest.js';
import { SecretHasher } from '../../secrets/secret-hasher.js';
import { signInAuthor } from '../failed-sign-ins.js';
import { RecoveryCodesRepository } from './recovery-codes.repository.js';

/** Crockford's base32: no letter that a reader takes for a digit, and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHARACTERS = 30;
const GROUP = 5;

/** 150 random bits, in groups of five characters, to be printed and typed in again. */
export function mintRecoveryCode(): string {
  const characters = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return (characters.join('').match(/.{5}/g) as string[]).join('-');
}

/**
 * What was typed, as it was printed: in any case, with or without dashes and spaces, O for 0, I and L for 1.
 * @returns null: it cannot be a recovery code
 */
export function recoveryCodeFrom(typed: string): string | null {
  const characters = typed
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  if (characters.length !== CHARACTERS || ![...characters].every((each) => ALPHABET.includes(each)))
    return null;
  return (characters.match(new RegExp(`.{${GROUP}}`, 'g')) as string[]).join('-');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The way in for an owner when the provider is none: a code on paper, for one use. */
@Injectable()
export class RecoveryService {
  private readonly logger = new Logger('SignIn');

  constructor(
    private readonly businesses: BusinessesRepository,
    private readonly members: MembersRepository,
    private readonly codes: RecoveryCodesRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: Changes,
  ) {}

  /**
   * A new code of a business, shown this once; an earlier one is good no more.
   * @param business its id or slug
   * @throws DomainError `business.not_found`
   */
  async make(business: string): Promise<string> {
    const { id } = (await this.find(business)) ?? noSuchBusiness();
    const code = mintRecoveryCode();
    await this.changes.make(SYSTEM_CONTEXT, id, 'unconcerned', async (change) => {
      const replaced = await this.codes.replace(id, this.hasher.digestForStorage(code), change.manager);
      change.record({
        action: 'recovery_code.made',
        target: { kind: 'business', id },
        details: { replaced },
      });
    });
    return code;
  }

  /**
   * Uses a code up, and says so in the log of the business.
   * @returns the owner to sign in, the one of longest standing; null: the code is not good, or there is no owner
   */
  async use(business: string, typed: string, request: RequestFacts): Promise<Member | null> {
    const code = recoveryCodeFrom(typed);
    const found = await this.find(business);
    // As much is done for a business that there is not as for one without a code (R6).
    const kept = await this.codes.find(found?.id ?? NIL_UUID);
    const digest = this.hasher.digest(code ?? '', kept?.pepperId ?? this.hasher.currentPepperId);
    if (code === null || found?.status !== 'active' || kept === null || digest === null) return null;
    if (!equalInConstantTime(digest, kept.digest.toString('latin1'))) return null;
    const owner = await this.changes.make(
      signInAuthor('recovery code', request),
      found.id,
      'unconcerned',
      async (change) => {
        const owners = await this.members.lockOwners(found.id, change.manager);
        const first = owners.toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime())[0];
        if (first === undefined || !(await this.codes.use(found.id, kept.digest, change.manager)))
          return null;
        change.record({
          action: 'access.break_glass',
          target: { kind: 'member', id: first.id },
          details: {
            method: 'recovery_code',
            email: first.email,
            code_made_at: kept.createdAt.toISOString(),
          },
        });
        return first;
      },
    );
    if (owner !== null)
      this.logger.warn(
        `The recovery code of the business ${found.id} was used: access.break_glass is in its log.`,
      );
    return owner;
  }

  private async find(business: string): Promise<Business | null> {
    if (UUID.test(business)) return this.businesses.find(business.toLowerCase());
    const page = { limit: 1, ascending: true, after: null, slug: business };
    return (await this.businesses.page(page))[0] ?? null;
  }
}

function noSuchBusiness(): never {
  throw refusal('business.not_found');
}
