import { Module } from '@nestjs/common';
import { TokensModule } from '../../tokens/tokens.module.js';
import { VcitaIssuingService } from './vcita-issuing.service.js';
import { VcitaTokensController } from './vcita-tokens.controller.js';
import { VcitaTokensService } from './vcita-tokens.service.js';

/** The vcita dialect: /platform/v1/tokens. */
@Module({
  imports: [TokensModule],
  controllers: [VcitaTokensController],
  providers: [VcitaIssuingService, VcitaTokensService],
})
export class VcitaModule {}
