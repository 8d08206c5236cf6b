import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BusinessCaller, Caller } from '../../auth/caller.js';
import { Turns } from '../../admission/turns.js';
import { equalInConstantTime } from '../../secrets/digest.js';
import { SecretHasher } from '../../secrets/secret-hasher.js';
import { type TokenString, tokenStringsIn, tokenStringsOf } from '../../secrets/token-strings.js';
import { ChosenSecrets } from '../../verification/chosen-secrets.js';
import { StatedRevocations } from '../../integrity/stated-revocations.js';
import { readableTokens } from '../../token-rows/token-access.js';
import { isOwnedBy, type OwnerFilter } from '../../token-rows/token-owner.js';
import type { Token } from '../../token-rows/token.entity.js';
import { FoundTokensRepository, type ProvableToken } from './found-tokens.repository.js';
import { RecordedAnswers } from '../../revocations/receipts/recorded-answers.js';
import { invalidInput } from '../../common/errors/domain-error.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import { STRINGS_MAX, type FindTokensDto, type FoundTokensDto } from './find-tokens.dto.js';

/** How many line numbers are returned for a string. */
const LINES_SHOWN_MAX = 20;
/**
 * How much is searched before the event loop gets a turn, in characters and in found strings: about a millisecond.
 */
const PART_LENGTH = 16_384;
const PART_STRINGS = 200;

/** The strings with one public id or preview. */
interface NamedString {
  name: string;
  by: 'public_id' | 'preview';
  /** Complete secrets among them: none, one, or several if strings only look alike. */
  secrets: Set<string>;
  /** Counted from 1, at most 20. */
  lines: number[];
}

/**
 * The strings of the lines by public id or preview, in the order of the lines, and how many more there would be. Yields
 * to the event loop again and again.
 */
async function namedStringsOf(
  lines: readonly string[],
  stringsIn: (line: string) => Iterable<TokenString>,
): Promise<{ named: NamedString[]; left: number }> {
  const named = new Map<string, NamedString>();
  const left = new Set<string>();
  let [length, strings] = [0, 0];
  for (const [index, line] of lines.entries()) {
    length += line.length;
    if (length > PART_LENGTH) {
      await setImmediate();
      length = line.length;
    }
    for (const string of stringsIn(line)) {
      if (++strings % PART_STRINGS === 0) await setImmediate();
      const [by, name] =
        string.kind === 'preview'
          ? (['preview', string.preview] as const)
          : (['public_id', string.publicId] as const);
      let known = named.get(name);
      if (known === undefined) {
        if (named.size >= STRINGS_MAX) {
          left.add(name);
          continue;
        }
        named.set(name, (known = { name, by, secrets: new Set(), lines: [] }));
      }
      if (string.kind === 'secret') known.secrets.add(string.secret);
      if (known.lines.at(-1) !== index + 1 && known.lines.length < LINES_SHOWN_MAX)
        known.lines.push(index + 1);
    }
  }
  return { named: [...named.values()], left: left.size };
}

interface FoundToken {
  token: Token;
  matched: 'secret' | 'public_id' | 'preview';
  /** Of the text, counted from 1. */
  lines: number[];
}

const WAYS = ['secret', 'fragment', 'text'] as const;

/** Finds tokens by traces of them: a secret in a paste, a public id in a log line, a preview in a screenshot. */
@Injectable()
export class TokenFindingService {
  constructor(
    private readonly tokens: FoundTokensRepository,
    private readonly hasher: SecretHasher,
    private readonly chosen: ChosenSecrets,
    private readonly recorded: RecordedAnswers,
    private readonly turns: Turns,
    private readonly stated: StatedRevocations,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * The tokens with traces in what is given, in any state, as far as the caller may read them. A search does not count as a use
   * and changes nothing. What is given is not kept, and the event says only how much was searched for and found, never which.
   * @throws DomainError `input.invalid` unless one of the three is given; as RecordedAnswers
   */
  async find(caller: Caller, input: FindTokensDto): Promise<FoundTokensDto> {
    const [asked, ...others] = WAYS.flatMap((by) => {
      const text = input[by];
      return text === undefined || text === null ? [] : [{ by, text }];
    });
    if (asked === undefined || others.length > 0)
      throw invalidInput(['body'], `Name one of ${WAYS.join(', ')}`);
    const { by, text } = asked;
    const chosenIdOf = (word: string) => this.chosen.publicIdOf(word);
    const { named, left } = await namedStringsOf(text.split('\n'), (line) =>
      by === 'fragment' ? tokenStringsOf(line, chosenIdOf) : tokenStringsIn(line, chosenIdOf),
    );
    const { items, unknown } = await this.turns.run('management', caller.businessId, () =>
      this.lookUp(caller, named),
    );
    await this.recorded.record(caller, {
      action: 'token.searched',
      target: { kind: 'token', id: null },
      details: { by, strings: named.length, found: items.length },
    });
    const nowMs = this.clock.nowMs();
    return {
      items: items.map(({ token, ...how }) => ({ ...how, token: TokenInfoDto.from(token, nowMs) })),
      strings_judged: named.length,
      strings_unknown: unknown,
      strings_left: left,
    };
  }

  private async lookUp(
    caller: Caller,
    named: readonly NamedString[],
  ): Promise<{ items: FoundToken[]; unknown: number }> {
    const { businessId } = caller;
    const namesBy = (kind: NamedString['by']): string[] =>
      named.flatMap(({ by, name }) => (by === kind ? [name] : []));
    const readable: OwnerFilter = businessId === null ? null : readableTokens(caller as BusinessCaller);
    const rows = [
      ...(await this.tokens.byPublicId(businessId, namesBy('public_id'))),
      ...(await this.tokens.byPreview(businessId, namesBy('preview'))),
    ].filter(({ token }) => isOwnedBy(readable, token));
    await this.stated.ofTokens(rows.map(({ token }) => token));
    const byName = new Map<string, ProvableToken[]>();
    for (const row of rows)
      for (const name of [row.token.jti, row.token.tokenPrefix])
        byName.set(name, [...(byName.get(name) ?? []), row]);
    const items = new Map<string, FoundToken>();
    let unknown = 0;
    for (const string of named) {
      const matching = byName.get(string.name) ?? [];
      if (matching.length === 0) unknown++;
      for (const row of matching) {
        const matched = this.isProven(row, string) ? 'secret' : string.by;
        const known = items.get(row.token.id);
        items.set(row.token.id, merged({ token: row.token, matched, lines: string.lines }, known));
      }
    }
    return { items: [...items.values()], unknown };
  }

  private isProven({ digest, pepperId }: ProvableToken, { secrets }: NamedString): boolean {
    return [...secrets].some((secret) => {
      const presented = this.hasher.digest(secret, pepperId);
      return presented !== null && equalInConstantTime(presented, digest);
    });
  }
}

const CERTAINTY = { secret: 2, public_id: 1, preview: 0 } as const;

/** A token that is found by several traces is returned once, with the strongest of them. */
function merged(found: FoundToken, known: FoundToken | undefined): FoundToken {
  if (known === undefined) return found;
  const matched = CERTAINTY[found.matched] > CERTAINTY[known.matched] ? found.matched : known.matched;
  const lines = [...new Set([...known.lines, ...found.lines])].sort((left, right) => left - right);
  return { ...found, matched, lines };
}
