import { Injectable } from '@nestjs/common';
import type { BusinessCaller, Caller } from '../../auth/caller.js';
import { Turns } from '../../admission/turns.js';
import { equalInConstantTime } from '../../secrets/digest.js';
import { SecretHasher } from '../../secrets/secret-hasher.js';
import { tokenStringsIn, tokenStringsOf } from '../../secrets/token-strings.js';
import { ChosenSecrets } from '../../verification/chosen-secrets.js';
import { StatedRevocations } from '../../integrity/stated-revocations.js';
import { readableTokens } from '../../token-rows/token-access.js';
import { isOwnedBy, type OwnerFilter } from '../../token-rows/token-owner.js';
import type { Token } from '../../token-rows/token.entity.js';
import { FoundTokensRepository, type ProvableToken } from './found-tokens.repository.js';
import { RecordedSearches, type TokenSearch } from './recorded-searches.js';
import { namedStringsOf, type NamedString } from './token-strings-by-line.js';

interface FoundToken {
  token: Token;
  matched: 'secret' | 'public_id' | 'preview';
  /** Of the text, counted from 1. */
  lines: number[];
}

interface Findings {
  items: FoundToken[];
  stringsJudged: number;
  stringsUnknown: number;
  stringsLeft: number;
}

/** Finds tokens by traces of them: a secret in a paste, a public id in a log line, a preview in a screenshot. */
@Injectable()
export class TokenFindingService {
  constructor(
    private readonly tokens: FoundTokensRepository,
    private readonly hasher: SecretHasher,
    private readonly chosen: ChosenSecrets,
    private readonly searches: RecordedSearches,
    private readonly turns: Turns,
    private readonly stated: StatedRevocations,
  ) {}

  /**
   * The tokens with traces in `text`, in any state, as far as the caller may read them. A search does not count as a use
   * and changes nothing. The text is not kept, and the event says only how much was searched for and found.
   * @throws DomainError as RecordedSearches
   */
  async find(caller: Caller, by: TokenSearch['by'], text: string): Promise<Findings> {
    const chosenIdOf = (word: string) => this.chosen.publicIdOf(word);
    const { named, left } = await namedStringsOf(text.split('\n'), (line) =>
      by === 'fragment' ? tokenStringsOf(line, chosenIdOf) : tokenStringsIn(line, chosenIdOf),
    );
    const found = await this.turns.run('management', caller.businessId, () => this.lookUp(caller, named));
    await this.searches.record(caller, { by, strings: named.length, found: found.items.length });
    return { ...found, stringsJudged: named.length, stringsLeft: left };
  }

  private async lookUp(
    caller: Caller,
    named: readonly NamedString[],
  ): Promise<Pick<Findings, 'items' | 'stringsUnknown'>> {
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
    let stringsUnknown = 0;
    for (const string of named) {
      const matching = byName.get(string.name) ?? [];
      if (matching.length === 0) stringsUnknown++;
      for (const row of matching) {
        const matched = this.isProven(row, string) ? 'secret' : string.by;
        const known = items.get(row.token.id);
        items.set(row.token.id, merged({ token: row.token, matched, lines: string.lines }, known));
      }
    }
    return { items: [...items.values()], stringsUnknown };
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
