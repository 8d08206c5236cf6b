import type { DataSource } from 'typeorm';
import { IntegrityFaults, type IntegrityFault } from '../audit/sealing/integrity-faults.js';
import { SealingRounds } from '../audit/sealing/sealing-rounds.js';
import { TreesRepository } from '../audit/sealing/trees.repository.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { databaseUrl, migrateUrl } from '../config/database.config.js';
import { provide } from '../config/environment.js';
import { SchemaNotReady } from '../database/service-user.js';
import { StateReconciliation } from '../integrity/state-reconciliation.js';
import { TokenAdoption } from '../integrity/token-adoption.js';
import { prepareSchemaAlone } from './database-preparation.js';
import { earlierRows, noteAdoptionDue } from './earlier-rows.repository.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';
import { atSchema } from './schema.js';

const EXIT_NOT_CONFIRMED = 2;
/** What is said of rows without proofs, and of what is compared with them. */
const OF_EARLIER_ROWS: readonly IntegrityFault[] = [
  ...(['token_forged', 'token_invented', 'token_differs', 'cut_off_differs'] as const),
  ...(['member_differs', 'identity_differs', 'business_differs'] as const),
  ...(['tree_forged', 'head_forged', 'event_forged', 'drop_forged', 'register_changed'] as const),
];

/**
 * The way back for a database whose earlier rows a later version refuses, since it was started without adopting them: notes, as the
 * owner of the schema, that what was written before that start is to be adopted, adopts it, and clears the faults that may say only
 * that it carries no proof, unless a comparison finds them again: all others stay open. Says first how many tokens and logs that
 * is. The log of the platform records `integrity.adopted`.
 * @throws SchemaNotReady if that has been done, or never had to be
 */
export async function adoptEarlierRows(isConfirmed: boolean): Promise<void> {
  const database = await prepareSchemaAlone();
  try {
    const variable = migrateUrl() === undefined ? 'DATABASE_URL' : 'RESCIND_MIGRATE_URL';
    const url = migrateUrl() ?? databaseUrl() ?? '';
    if (!(await atSchema(url, variable, (dataSource) => note(dataSource, isConfirmed)))) return;
    provide('RESCIND_AUDIT_ADOPT', 'true');
    const cleared = await inApplication(async (app) => {
      await app.get(SealingRounds).beforeApplicationShutdown();
      await app.get(TokenAdoption).finish();
      if ((await app.get(TreesRepository).adoptedBefore()) !== null)
        throw new SchemaNotReady(
          'Not everything was adopted: see the warnings above, and start with RESCIND_AUDIT_ADOPT=true, which goes on.',
        );
      const reconciliation = app.get(StateReconciliation);
      let faults = 0;
      for (const each of [null, ...(await reconciliation.businesses())]) {
        faults += await app.get(IntegrityFaults).clear(each ?? PLATFORM_LOG, OF_EARLIER_ROWS);
        await reconciliation.run(each, () => false);
      }
      return faults;
    });
    report(`Adopted; ${cleared} faults cleared. What is open is something else: see rescind audit faults.`);
  } finally {
    await database.release();
  }
}

/** @returns whether it is noted now */
async function note(dataSource: DataSource, isConfirmed: boolean): Promise<boolean> {
  const found = await earlierRows(dataSource);
  if (found === null)
    throw new SchemaNotReady(
      'There is nothing to adopt: what carries no proof was not there at the first start, or has been adopted.',
    );
  const { before, tokens, logs } = found;
  report(
    `${tokens} tokens and ${logs} logs of before ${before.toISOString()} carry no proof that this service wrote them.`,
  );
  if (isConfirmed) await noteAdoptionDue(dataSource, before);
  else {
    report('Nothing was changed: if this is what you expect, --yes adopts it.');
    process.exitCode = EXIT_NOT_CONFIRMED;
  }
  return isConfirmed;
}
