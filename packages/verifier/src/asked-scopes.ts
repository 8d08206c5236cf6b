import { isScopeName, SCOPES_MAX } from './judgement.js';

/**
 * What one token was asked for and had, since that was reported: as many scopes as a token may have, so that one token always
 * fits into a message. Most are asked for by one guard, whose list is frozen, and cost no set.
 */
export class AskedScopes {
  private list: readonly string[] = [];
  private others: Set<string> | null = null;
  /** Whether there were more. */
  isCut = false;

  /** @param scopes all of which the token has */
  note(scopes: readonly string[]): void {
    if (scopes === this.list) return;
    if (this.list.length === 0 && Object.isFrozen(scopes)) this.list = scopes;
    else for (const scope of scopes) if (this.others?.has(scope) !== true) this.add(scope);
  }

  /** Each once. What cannot be a scope only an administrator has, and no report is about it. */
  names(): string[] {
    const names = [...new Set([...this.list, ...(this.others ?? [])])].filter(isScopeName);
    if (names.length > SCOPES_MAX) this.isCut = true;
    return names.slice(0, SCOPES_MAX);
  }

  private add(scope: string): void {
    this.others ??= new Set();
    if (this.others.size < SCOPES_MAX) this.others.add(scope);
    else this.isCut = true;
  }
}
