import type { AuditDetailsByAction } from '../audit/trail/audit-action.js';
import type { RowMacs } from '../secrets/row-macs.js';
import type { KeptFact } from './last-start.repository.js';

/** What a start has, beside its settings. */
export interface StartFacts {
  migrations: readonly string[];
  pepper: string;
  signingKey: string;
}

/** How this start differs from the last; null: not in this. */
export interface StartChanges {
  isFirst: boolean;
  settings: AuditDetailsByAction['settings.changed'] | null;
  migrations: AuditDetailsByAction['migrations.applied'] | null;
  pepper: AuditDetailsByAction['pepper.changed'] | null;
  signingKey: AuditDetailsByAction['signing_key.changed'] | null;
}

/** @param kept of the last start */
export function changesSince(
  kept: ReadonlyMap<string, KeptFact>,
  settings: ReadonlyMap<string, string>,
  facts: StartFacts,
  macs: RowMacs,
): StartChanges {
  const isFirst = kept.size === 0;
  const applied = new Set(parsedList(kept.get('migrations')?.value));
  const migrations = facts.migrations.filter((name) => !applied.has(name));
  return {
    isFirst,
    settings: isFirst ? null : changedSettings(kept, settings, macs),
    migrations: migrations.length === 0 ? null : { migrations },
    pepper: changed(kept.get('pepper')?.value, facts.pepper),
    signingKey: changed(kept.get('signing_key')?.value, facts.signingKey),
  };
}

/** What is kept of this start for the next. */
export function factsToKeep(
  settings: ReadonlyMap<string, string>,
  { migrations, pepper, signingKey }: StartFacts,
  macs: RowMacs,
): KeptFact[] {
  return [
    ...[...settings].map(([name, value]) => ({ name, digest: macs.macOf(name, '=', value), value: null })),
    { name: 'migrations', digest: null, value: JSON.stringify(migrations) },
    { name: 'pepper', digest: null, value: pepper },
    { name: 'signing_key', digest: null, value: signingKey },
  ];
}

/** A setting that the last start did not know yet has changed if it is set. */
function changedSettings(
  kept: ReadonlyMap<string, KeptFact>,
  settings: ReadonlyMap<string, string>,
  macs: RowMacs,
): StartChanges['settings'] {
  const names: string[] = [];
  const notCompared: string[] = [];
  for (const [name, value] of settings) {
    const digest = kept.get(name)?.digest ?? null;
    if (digest === null) {
      if (value !== '') names.push(name);
      continue;
    }
    const judgement = macs.judge(digest, name, '=', value);
    if (judgement === 'forged') names.push(name);
    if (judgement === 'unknown_key') notCompared.push(name);
  }
  return names.length + notCompared.length === 0 ? null : { names, not_compared: notCompared };
}

function changed(
  before: string | null | undefined,
  after: string,
): { id_before: string; id_after: string } | null {
  return before === undefined || before === null || before === after
    ? null
    : { id_before: before, id_after: after };
}

function parsedList(text: string | null | undefined): string[] {
  return text === undefined || text === null ? [] : (JSON.parse(text) as string[]);
}
