import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app/app.module.js';
import { DataSource } from 'typeorm';
import { databaseInWords } from './database-in-words.repository.js';
import { prepareDatabase } from './database-preparation.js';
import { report } from './report.js';

/** Runs `work` with the application, without a server, on the database in the settings, and says first which one that is. */
export async function inApplication<Result>(
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const database = await prepareDatabase(false);
  try {
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: ['error', 'fatal'],
      abortOnError: false,
    });
    try {
      report(await databaseInWords(app.get(DataSource)));
      return await work(app);
    } finally {
      await app.close();
    }
  } finally {
    await database.release();
  }
}
