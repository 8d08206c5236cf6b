import { Module } from '@nestjs/common';
import { SiblingWorkers } from './sibling-workers.js';

@Module({ providers: [SiblingWorkers], exports: [SiblingWorkers] })
export class WorkersModule {}
