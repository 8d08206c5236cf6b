import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../../auth/auth.module.js';
import { policyConfig } from '../../config/policy.config.js';
import { RevocationsModule } from '../../revocations/revocations.module.js';
import { VerifiersModule } from '../../verifiers/verifiers.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { OpenTrainAgentController } from './opentrain-agent.controller.js';
import { OpenTrainTokensController } from './opentrain-tokens.controller.js';
import { OpenTrainTokensService } from './opentrain-tokens.service.js';

/** The OpenTrain dialect: /api/public/v1 and /api/agent. */
@Module({
  imports: [
    ConfigModule.forFeature(policyConfig),
    AuthModule,
    RevocationsModule,
    TokensModule,
    VerifiersModule,
  ],
  controllers: [OpenTrainTokensController, OpenTrainAgentController],
  providers: [OpenTrainTokensService],
})
export class OpenTrainModule {}
