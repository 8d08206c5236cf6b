import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { AuthorizationService } from './authorization.service.js';
import { AuthorizeFastPath } from './authorize-fast-path.js';
import { GatewayController } from './gateway.controller.js';

/** Forward authentication for reverse proxies. */
@Module({
  imports: [AuthModule],
  controllers: [GatewayController],
  providers: [AuthorizationService, AuthorizeFastPath],
  exports: [AuthorizeFastPath],
})
export class GatewayModule {}
