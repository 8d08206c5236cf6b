import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AuthModule } from '../../auth/auth.module.js';
import { policyConfig } from '../../config/policy.config.js';
import { RevocationsModule } from '../../revocations/revocations.module.js';
import { SecretsModule } from '../../secrets/secrets.module.js';
import { TokensModule } from '../../tokens/tokens.module.js';
import { IntrospectRequest } from './introspect-request.js';
import { IntrospectFastPath } from './introspect-fast-path.js';
import { IntrospectionController } from './introspection.controller.js';
import { MetadataController } from './metadata.controller.js';
import { OAuthClients } from './oauth-clients.js';
import { RevocationController } from './revocation.controller.js';
import { RevocationEndpointService } from './revocation-endpoint.service.js';

/** RFC 7009, RFC 7662, and the metadata by which clients find them (RFC 8414, RFC 9728, RFC 7517). */
@Module({
  imports: [
    ConfigModule.forFeature(policyConfig),
    AuthModule,
    RevocationsModule,
    SecretsModule,
    TokensModule,
  ],
  controllers: [IntrospectionController, RevocationController, MetadataController],
  providers: [IntrospectRequest, IntrospectFastPath, OAuthClients, RevocationEndpointService],
})
export class OAuthModule {}
