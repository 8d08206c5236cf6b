import type { ClientVerifier } from './client-verifier.js';
import type { News } from './news.js';

/** The client verifiers, by the ids that their credentials depend on. */
export class Credentials {
  private readonly byId = new Map<string, Set<ClientVerifier>>();

  add(child: ClientVerifier): void {
    for (const id of idsOf(child)) {
      const those = this.byId.get(id) ?? new Set();
      this.byId.set(id, those.add(child));
    }
  }

  remove(child: ClientVerifier): void {
    for (const id of idsOf(child)) {
      const those = this.byId.get(id);
      if (those?.delete(child) === true && those.size === 0) this.byId.delete(id);
    }
  }

  /** The client verifiers whose credentials are named in `news`, and by which entries. */
  concernedBy(news: readonly News[]): Map<ClientVerifier, News[]> {
    const concerned = new Map<ClientVerifier, News[]>();
    for (const entry of news)
      for (const child of this.byId.get(entry.subject) ?? [])
        concerned.set(child, [...(concerned.get(child) ?? []), entry]);
    return concerned;
  }
}

function idsOf({ credential: { jti, ownerId, businessId } }: ClientVerifier): string[] {
  return [jti, ownerId, businessId].filter((id) => id !== null);
}
