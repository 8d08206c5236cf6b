import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { BusinessesModule } from '../../directory/businesses/businesses.module.js';
import { VerificationModule } from '../../verification/verification.module.js';
import { AuthorizationService } from './authorization.service.js';
import { AuthorizeFastPath } from './authorize-fast-path.js';
import { GatewayController } from './gateway.controller.js';

/** Forward authentication for reverse proxies. */
@Module({
  imports: [AuthModule, BusinessesModule, VerificationModule],
  controllers: [GatewayController],
  providers: [AuthorizationService, AuthorizeFastPath],
  exports: [AuthorizeFastPath],
})
export class GatewayModule {}
