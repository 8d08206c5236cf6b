import { Controller, Get, Inject, Req } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { OpenRoute } from '../../common/http/open-route.decorator.js';
import { policyConfig } from '../../config/policy.config.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { MANAGEMENT_SCOPES } from '../../verification/scopes.js';
import { Issuer } from '../../common/http/issuer.js';
import { AuthorizationServerMetadataDto, JwksDto, ProtectedResourceMetadataDto } from './metadata.dto.js';
import { OAuthRefusals } from './oauth-error-shape.js';

/** How a client proves that it is an identity. */
const BY_SECRET = ['client_secret_basic', 'client_secret_post'];

/** Where a client finds everything else. */
@ApiTags('discovery')
@Controller('.well-known')
@OAuthRefusals(429, 500)
export class MetadataController {
  constructor(
    private readonly issuer: Issuer,
    private readonly signingKeys: SigningKeys,
    @Inject(policyConfig.KEY) private readonly policy: ConfigType<typeof policyConfig>,
  ) {}

  @Get('oauth-authorization-server')
  @OpenRoute()
  @ApiOperation({
    operationId: 'describeAuthorizationServer',
    summary: 'Endpoints and what they support (RFC 8414)',
  })
  @ApiOkResponse({ type: AuthorizationServerMetadataDto, description: 'The metadata.' })
  authorizationServer(@Req() request: FastifyRequest): AuthorizationServerMetadataDto {
    const issuer = this.issuer.of(request);
    return {
      issuer,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: this.policy.revokeByPossession
        ? [...BY_SECRET, 'none']
        : BY_SECRET,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      // RFC 8414 §2 allows access token types here, and not for revocation.
      introspection_endpoint_auth_methods_supported: [...BY_SECRET, 'Bearer'],
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [],
      scopes_supported: [...MANAGEMENT_SCOPES],
      service_documentation: `${issuer}/docs`,
    };
  }

  @Get('oauth-protected-resource')
  @OpenRoute()
  @ApiOperation({
    operationId: 'describeProtectedResource',
    summary: 'This API as a protected resource (RFC 9728)',
  })
  @ApiOkResponse({ type: ProtectedResourceMetadataDto, description: 'The metadata.' })
  protectedResource(@Req() request: FastifyRequest): ProtectedResourceMetadataDto {
    const issuer = this.issuer.of(request);
    return {
      resource: issuer,
      authorization_servers: [issuer],
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      scopes_supported: [...MANAGEMENT_SCOPES],
      bearer_methods_supported: ['header'],
      resource_name: 'Rescind',
      resource_documentation: `${issuer}/docs`,
    };
  }

  @Get('jwks.json')
  @OpenRoute()
  @ApiOperation({
    operationId: 'listSigningKeys',
    summary: 'Public keys that verify receipts and checkpoints of the audit log (RFC 7517)',
  })
  @ApiOkResponse({ type: JwksDto, description: 'The keys.' })
  jwks(): JwksDto {
    return { keys: this.signingKeys.publicJwks };
  }
}
