import { Command } from 'commander';
import { report } from './report.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Bring the database schema up to date. `serve` does so by itself; this is for deploys that want it apart.',
    )
    .action(async () => {
      const { prepareDatabase } = await import('./database-preparation.js');
      const database = await prepareDatabase();
      report('The database schema is up to date.');
      await database.release();
    });
}
