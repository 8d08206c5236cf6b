import { Module } from '@nestjs/common';
import { BusinessesRepository } from './businesses.repository.js';

@Module({ providers: [BusinessesRepository], exports: [BusinessesRepository] })
export class BusinessesModule {}
