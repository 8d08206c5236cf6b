import { Module } from '@nestjs/common';
import { ReachedDatabase } from './reached-database.js';

/** Apart from DatabaseModule, whose providers need the sessions that this one is asked about. */
@Module({ providers: [ReachedDatabase], exports: [ReachedDatabase] })
export class ReachedDatabaseModule {}
