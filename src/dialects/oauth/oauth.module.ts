import { Module } from '@nestjs/common';
import { TokensModule } from '../../tokens/tokens.module.js';
import { IntrospectFastPath, IntrospectRequest } from './introspect-fast-path.js';
import { IntrospectionController, RevocationController } from './introspection.controller.js';
import { MetadataController } from './metadata.controller.js';
import { OAuthClients } from './oauth-clients.js';
import { RevocationEndpointService } from './revocation-endpoint.service.js';

/** RFC 7009, RFC 7662, and the metadata by which clients find them (RFC 8414, RFC 9728, RFC 7517). */
@Module({
  imports: [TokensModule],
  controllers: [IntrospectionController, RevocationController, MetadataController],
  providers: [IntrospectRequest, IntrospectFastPath, OAuthClients, RevocationEndpointService],
})
export class OAuthModule {}
