import type { DataSource } from 'typeorm';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { OpenFaultsRepository } from '../audit/sealing/open-faults.repository.js';
import { SealingRounds } from '../audit/sealing/sealing-rounds.js';
import { TreesRepository } from '../audit/sealing/trees.repository.js';
import { databaseUrl, migrateUrl } from '../config/database.config.js';
import { provide } from '../config/environment.js';
import { SchemaNotReady } from '../database/service-user.js';
import { TokenAdoption } from '../integrity/token-adoption.js';
import { prepareSchemaAlone } from './database-preparation.js';
import { earlierRows, noteAdoptionDue } from './earlier-rows.repository.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';
import { atSchema } from './schema.js';

const EXIT_NOT_CONFIRMED = 2;

/**
 * The way back for a database whose earlier rows a later version refuses, since it was started without adopting them: notes, as the
 * owner of the schema, that what was written before that start is to be adopted, adopts it, and clears the faults found since. Says
 * first how many tokens and logs that is. The log of the platform records `integrity.adopted`.
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
      const logs = new Set((await app.get(OpenFaultsRepository).kinds()).map(({ logId }) => logId));
      let faults = 0;
      for (const log of logs) faults += await app.get(IntegrityFaults).clear(log);
      return faults;
    });
    report(`Adopted; ${cleared} faults cleared. What is still there is found, and raised, again.`);
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
