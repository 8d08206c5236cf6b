import type { ClientVerifier } from './client-verifier.js';
import type { News } from './news.js';

/** The client verifiers by what the credentials rest on that they are connected with. */
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

  /** Whose credential `news` name, and in which of them. */
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
