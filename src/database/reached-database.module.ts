import { Module } from '@nestjs/common';
import { ReachedDatabase } from './reached-database.js';

/** Separate from DatabaseModule, whose providers need the sessions that are checked here. */
@Module({ providers: [ReachedDatabase], exports: [ReachedDatabase] })
export class ReachedDatabaseModule {}
