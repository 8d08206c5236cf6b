import type { ClientVerifier, View } from './client-verifier.js';
import { type News, type ToldFact, ToldFacts } from '../cache-invalidation.js';

/** How many public ids are noted for one view; beyond that its client verifiers start over. */
const TOLD_MAX = 250_000;
/** The same for all views together: beyond that the largest view starts over. */
const TOLD_MAX_TOTAL = 1_000_000;

/** The client verifiers that see the same tokens, and what they were told. */
export interface ViewMembers {
  readonly told: ToldFacts;
  readonly members: Set<ClientVerifier>;
}

/** The client verifiers of this process by what they may see. */
export class Views {
  private readonly views = new Map<View, ViewMembers>();

  get isEmpty(): boolean {
    return this.views.size === 0;
  }

  get count(): number {
    let count = 0;
    for (const { members } of this.views.values()) count += members.size;
    return count;
  }

  *all(): Iterable<ClientVerifier> {
    for (const { members } of this.views.values()) yield* members;
  }

  add(child: ClientVerifier): void {
    let view = this.views.get(child.view);
    if (view === undefined)
      this.views.set(child.view, (view = { told: new ToldFacts(), members: new Set() }));
    view.members.add(child);
  }

  remove(child: ClientVerifier): void {
    const view = this.views.get(child.view);
    if (view?.members.delete(child) === true && view.members.size === 0) this.views.delete(child.view);
  }

  /** For each view: the members that were told of entries in `news`, and those entries. */
  *toldOf(news: readonly News[]): Iterable<[members: Iterable<ClientVerifier>, theirs: News[]]> {
    for (const { told, members } of this.views.values()) {
      const theirs = news.filter((entry) => told.has(entry));
      if (theirs.length > 0) yield [members, theirs];
    }
  }

  /**
   * Notes that `child` is told `fact`.
   * @param startOver makes all of a view forget everything, because no more can be noted for it
   * @returns false if nothing more can be noted now
   */
  tell(child: ClientVerifier, fact: ToldFact, startOver: (view: ViewMembers) => void): boolean {
    const view = this.views.get(child.view);
    if (view === undefined) return false;
    if (view.told.size >= TOLD_MAX) startOver(view);
    else if (this.toldTotal() >= TOLD_MAX_TOTAL) startOver(this.largest());
    if (view.told.size >= TOLD_MAX || this.toldTotal() >= TOLD_MAX_TOTAL) return false;
    view.told.add(fact);
    return true;
  }

  private toldTotal(): number {
    let total = 0;
    for (const { told } of this.views.values()) total += told.size;
    return total;
  }

  private largest(): ViewMembers {
    return [...this.views.values()].reduce((left, right) =>
      left.told.size < right.told.size ? right : left,
    );
  }
}
