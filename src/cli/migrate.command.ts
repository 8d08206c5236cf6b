import { Command } from 'commander';
import { report } from './report.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Bring the database schema up to date, as its owner. `serve` does so by itself; this is for deploys that want it apart.',
    )
    .action(async () => {
      const { prepareSchemaAlone } = await import('./database-preparation.js');
      const database = await prepareSchemaAlone();
      report('The database schema is up to date.');
      await database.release();
    });
}
