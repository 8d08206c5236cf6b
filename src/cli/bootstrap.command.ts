import { Command } from 'commander';
import { NestFactory } from '@nestjs/core';
import { PlatformTokensService } from '../tokens/platform-tokens.service.js';
import { AppModule } from '../app.module.js';
import { SYSTEM_AUTHOR } from '../audit/trail/audit-draft.js';
import { prepareDatabase } from './database-preparation.js';
import { report } from './report.js';

export function bootstrapCommand(): Command {
  return new Command('bootstrap')
    .description(
      'Issue a new platform token and print it, for when the first one is lost. Works beside a running server.',
    )
    .option('--name <name>', 'what the token is for', 'bootstrap')
    .action(async ({ name }: { name: string }) => {
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
    });
}
