import { ApiProperty } from '@nestjs/swagger';

/** RFC 8414 §2. */
export class AuthorizationServerMetadataDto {
  @ApiProperty({ example: 'https://tokens.example.com' })
  issuer!: string;

  @ApiProperty({ example: 'https://tokens.example.com/oauth/revoke' })
  revocation_endpoint!: string;

  @ApiProperty({ type: [String], example: ['client_secret_basic', 'client_secret_post', 'none'] })
  revocation_endpoint_auth_methods_supported!: string[];

  @ApiProperty({ example: 'https://tokens.example.com/oauth/introspect' })
  introspection_endpoint!: string;

  @ApiProperty({ type: [String], example: ['client_secret_basic', 'client_secret_post', 'Bearer'] })
  introspection_endpoint_auth_methods_supported!: string[];

  @ApiProperty({ example: 'https://tokens.example.com/.well-known/jwks.json' })
  jwks_uri!: string;

  /** None: tokens are issued over the API, not by an authorization flow. */
  @ApiProperty({ type: [String], example: [] })
  response_types_supported!: string[];

  /** None, likewise. */
  @ApiProperty({ type: [String], example: [] })
  grant_types_supported!: string[];

  /** The scopes that manage Rescind itself; a business grants others as it likes. */
  @ApiProperty({ type: [String], example: ['rescind:tokens:read', 'rescind:tokens:verify'] })
  scopes_supported!: string[];

  @ApiProperty({ example: 'https://tokens.example.com/docs' })
  service_documentation!: string;
}

/** RFC 9728 §2. */
export class ProtectedResourceMetadataDto {
  @ApiProperty({ example: 'https://tokens.example.com' })
  resource!: string;

  @ApiProperty({ type: [String], example: ['https://tokens.example.com'] })
  authorization_servers!: string[];

  @ApiProperty({ example: 'https://tokens.example.com/.well-known/jwks.json' })
  jwks_uri!: string;

  @ApiProperty({ type: [String], example: ['rescind:tokens:read', 'rescind:tokens:verify'] })
  scopes_supported!: string[];

  @ApiProperty({ type: [String], example: ['header'] })
  bearer_methods_supported!: string[];

  @ApiProperty({ example: 'Rescind' })
  resource_name!: string;

  @ApiProperty({ example: 'https://tokens.example.com/docs' })
  resource_documentation!: string;
}

/** A public Ed25519 key (RFC 8037). */
class JwkDto {
  @ApiProperty({ enum: ['OKP'] })
  kty!: string;

  @ApiProperty({ enum: ['Ed25519'] })
  crv!: string;

  @ApiProperty({ example: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' })
  x!: string;

  @ApiProperty({ enum: ['sig'] })
  use!: string;

  @ApiProperty({ enum: ['EdDSA'] })
  alg!: string;

  /** The thumbprint of the key (RFC 7638). */
  @ApiProperty({ example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' })
  kid!: string;
}

export class JwksDto {
  keys!: JwkDto[];
}
