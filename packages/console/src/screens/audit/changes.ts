/** One thing before and after a change; `isNew` where the two differ. */
interface Change {
  name: string;
  before: unknown;
  after: unknown;
  isChanged: boolean;
}

/** The details of an event, apart: what it changed (`name_before`, `name_after`), and everything else. */
export function changesIn(details: Record<string, unknown>): {
  changes: Change[];
  others: [string, unknown][];
} {
  const names = Object.keys(details);
  const changed = names
    .filter((name) => name.endsWith('_before') && `${name.slice(0, -7)}_after` in details)
    .map((name) => name.slice(0, -7));
  const changes = changed.map((name) => {
    const before = details[`${name}_before`];
    const after = details[`${name}_after`];
    return { name, before, after, isChanged: JSON.stringify(before) !== JSON.stringify(after) };
  });
  const taken = new Set(changed.flatMap((name) => [`${name}_before`, `${name}_after`]));
  return {
    changes: changes.sort((a, b) => Number(b.isChanged) - Number(a.isChanged)),
    others: names.filter((name) => !taken.has(name)).map((name) => [name, details[name]]),
  };
}

/** `token_lifetime_days_max`: token lifetime days max. */
export function wordsOf(name: string): string {
  return name.replaceAll('_', ' ');
}
