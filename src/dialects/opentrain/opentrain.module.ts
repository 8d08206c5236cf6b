import { Module } from '@nestjs/common';
import { TokensModule } from '../../tokens/tokens.module.js';
import { OpenTrainAgentController, OpenTrainTokensController } from './opentrain-tokens.controller.js';
import { OpenTrainTokensService } from './opentrain-tokens.service.js';

/** The OpenTrain dialect: /api/public/v1 and /api/agent. */
@Module({
  imports: [TokensModule],
  controllers: [OpenTrainTokensController, OpenTrainAgentController],
  providers: [OpenTrainTokensService],
})
export class OpenTrainModule {}
