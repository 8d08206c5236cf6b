import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { Change } from '../changes/change.js';
import { orRefusal, type SharedItem } from '../changes/shared-work.js';
import { PeriodicService } from '../common/periodic-task.js';
import { DomainError, invalidInput, refusal } from '../common/errors/domain-error.js';
import { IdempotencyKeysRepository, type KeptKeyRow } from './idempotency-keys.repository.js';

const PRUNE_MS = 10 * 60_000;

/** What a call made, or makes again, with its key. */
interface Made {
  token: { id: string };
}

/**
 * Calls may be repeated with the same `Idempotency-Key` for 24 hours, and make nothing more. Secrets are not stored, so a repeated
 * call that returns one cannot return the same one. It replaces the token, if nobody has used it, by another.
 */
@Injectable()
export class Idempotency extends PeriodicService {
  constructor(private readonly keys: IdempotencyKeysRepository) {
    super(PRUNE_MS, 'Tokens', 'Idempotency keys that have expired could not be deleted; it will be retried.');
  }

  override round(): Promise<void> {
    return this.keys.prune();
  }

  /** The claims of a call: no two calls in one transaction may have the same. */
  claims({ idempotencyKey, principal }: Caller): string[] {
    return idempotencyKey === null ? [] : [`key:${principal.token.id}:${idempotencyKey.key}`];
  }

  /**
   * Runs `first` for new calls, and `again` for repeated ones, with the token that the first call made. The keys are
   * stored in the transaction of the changes: both commit, or neither. Refuses with `input.invalid` if the key belongs
   * to another request, and with `idempotency.under_way` while the answer to the first call may still arrive: a secret
   * that has been sent must not be replaced.
   */
  async onceEach<Input extends { caller: Caller }, Result extends Made>(
    items: readonly SharedItem<Input>[],
    manager: EntityManager,
    first: (items: readonly SharedItem<Input>[]) => Promise<(Result | DomainError)[]>,
    again: (item: SharedItem<Input>, tokenId: string) => Promise<Result>,
  ): Promise<(Result | DomainError)[]> {
    const named = items.flatMap((item, number) => namedCall(item.input.caller, number));
    if (named.length === 0) return first(items);
    const kept = await this.keys.find(named, manager);
    const outcomes = new Map<number, Result | DomainError>();
    for (const [index, call] of named.entries()) {
      const before = kept[index];
      if (before === undefined) continue;
      const refused = refusalOf(call, before);
      const item = items[call.number] as SharedItem<Input>;
      outcomes.set(call.number, refused ?? (await orRefusal(() => again(item, before.token_id))));
    }
    const fresh = items.flatMap((_, number) => (outcomes.has(number) ? [] : [number]));
    const made =
      fresh.length === 0 ? [] : await first(fresh.map((number) => items[number] as SharedItem<Input>));
    fresh.forEach((number, index) => outcomes.set(number, made[index] as Result | DomainError));
    const keeping = named.flatMap((call) => {
      const outcome = outcomes.get(call.number) as Result | DomainError;
      return outcome instanceof DomainError ? [] : [{ ...call, tokenId: outcome.token.id }];
    });
    if (keeping.length > 0) await this.keys.keep(keeping, manager);
    return items.map((_, number) => outcomes.get(number) as Result | DomainError);
  }

  /**
   * The id of what the caller made with the key of this call, which returns no secret; null: nothing.
   * @throws DomainError `input.invalid` when the key belongs to another request
   */
  async madeBefore(caller: Caller, { manager }: Change): Promise<string | null> {
    const [call] = namedCall(caller, 0);
    if (call === undefined) return null;
    const [kept] = await this.keys.find([call], manager);
    if (kept === undefined) return null;
    if (!kept.fingerprint.equals(call.fingerprint)) throw keyReused();
    return kept.token_id;
  }

  /** Stores what the call made under its key, in the same transaction. */
  async keep(caller: Caller, id: string, { manager }: Change): Promise<void> {
    const [call] = namedCall(caller, 0);
    if (call !== undefined) await this.keys.keep([{ ...call, tokenId: id }], manager);
  }
}

interface NamedCall {
  number: number;
  actorTokenId: string;
  key: string;
  fingerprint: Buffer;
}

function namedCall({ idempotencyKey, principal }: Caller, number: number): NamedCall[] {
  if (idempotencyKey === null) return [];
  return [{ number, actorTokenId: principal.token.id, ...idempotencyKey }];
}

function refusalOf({ fingerprint }: NamedCall, kept: KeptKeyRow): DomainError | null {
  if (!kept.fingerprint.equals(fingerprint)) return keyReused();
  return kept.under_way ? refusal('idempotency.under_way', { retryAfterSeconds: 2 }) : null;
}

function keyReused(): DomainError {
  return invalidInput(
    ['header', 'idempotency-key'],
    'Input should be a key that was not used for another request',
    'idempotency_key_reused',
  );
}
