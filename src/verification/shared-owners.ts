import type { BusinessFacts, OwnerFacts, TokenFacts } from './token-facts.js';

interface Group<Facts> {
  facts: Facts;
  tokens: number;
}

type Shared = BusinessFacts | (OwnerFacts & { id: string });

/**
 * The owners and businesses of the remembered tokens, each stored once. To forget one, a single flag is set that all its
 * tokens share, however many they are. A group is kept as long as a remembered token refers to it.
 */
export class SharedOwners {
  private readonly groups = new Map<string, Group<Shared>>();

  /** The facts to refer to: equal ones if they are already stored, otherwise `facts`. */
  share<Facts extends Shared>(facts: Facts): Facts {
    const held = this.groups.get(facts.id)?.facts;
    return held !== undefined && !held.stale && sameFacts(held, facts) ? (held as Facts) : facts;
  }

  retain(token: TokenFacts): void {
    for (const facts of sharedFactsOf(token)) {
      const group = this.groups.get(facts.id);
      if (group?.facts === facts) group.tokens++;
      else {
        if (group !== undefined) group.facts.stale = true;
        this.groups.set(facts.id, { facts, tokens: 1 });
      }
    }
  }

  release(token: TokenFacts): void {
    for (const facts of sharedFactsOf(token)) {
      const group = this.groups.get(facts.id);
      if (group?.facts === facts && --group.tokens === 0) this.groups.delete(facts.id);
    }
  }

  forget(id: string): void {
    const group = this.groups.get(id);
    if (group === undefined) return;
    group.facts.stale = true;
    this.groups.delete(id);
  }
}

function sharedFactsOf(token: TokenFacts): Shared[] {
  const shared: Shared[] = token.business === null ? [] : [token.business];
  if (token.owner.id !== null) shared.push(token.owner as OwnerFacts & { id: string });
  return shared;
}

function sameFacts(left: Shared, right: Shared): boolean {
  return Object.entries(left).every(
    ([name, value]) => name === 'stale' || right[name as keyof Shared] === value,
  );
}
