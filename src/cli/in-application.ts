import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app/app.module.js';
import { prepareDatabase } from './database-preparation.js';

/** Runs `work` with the application, without a server, on the database in the settings. */
export async function inApplication<Result>(
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const database = await prepareDatabase();
  try {
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: ['error', 'fatal'],
      abortOnError: false,
    });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  } finally {
    await database.release();
  }
}
