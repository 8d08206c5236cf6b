import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { monitoredBy } from './longest-turn.mjs';

/** An application with a database of its own that tells for how long its event loop is held, at the port in `portFile`. */
interface MonitoredApp {
  database: TestDatabase;
  app: RescindProcess;
  portFile: string;
  end: () => Promise<void>;
}

export async function monitoredApp(env: Record<string, string>): Promise<MonitoredApp> {
  const directory = mkdtempSync(join(tmpdir(), 'rescind-event-loop-'));
  const portFile = join(directory, 'port');
  const database = await freshDatabase();
  const app = await startRescind({ databaseUrl: database.url, env: { ...monitoredBy(portFile), ...env } });
  const end = async (): Promise<void> => {
    await app.stop();
    await database.drop();
    rmSync(directory, { recursive: true });
  };
  return { database, app, portFile, end };
}
