import { Global, Module } from '@nestjs/common';
import { Rates } from './rates.js';
import { Turns } from './turns.js';

/** Who is refused and who waits: one of each for the whole process. */
@Global()
@Module({ providers: [Rates, Turns], exports: [Rates, Turns] })
export class AdmissionModule {}
