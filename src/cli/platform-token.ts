import { NestFactory } from '@nestjs/core';
import { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { AppModule } from '../app.module.js';
import { SYSTEM_AUTHOR } from '../audit/trail/audit-draft.js';
import { prepareDatabase } from './database-preparation.js';
import { report } from './report.js';

/** Issues a platform token and prints it on standard output, alone on its line. */
export async function issuePlatformToken(name: string): Promise<void> {
  const database = await prepareDatabase();
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error', 'fatal'],
    abortOnError: false,
  });
  const { secret } = await app
    .get(PlatformTokensService)
    .issue(name, null, 'bootstrap command', SYSTEM_AUTHOR);
  await app.close();
  await database.release();
  report('Platform token, shown this once:');
  process.stdout.write(`${secret}\n`);
}
