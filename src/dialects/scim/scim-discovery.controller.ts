import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { refusal } from '../../common/errors/domain-error.js';
import { Issuer } from '../../common/http/issuer.js';
import { GROUP_BODY, GROUP_MEMBERS_MAX, GROUP_OPERATIONS_MAX } from './scim-group-request.js';
import { COUNT_MAX, listOf, type ScimListOf } from './scim-list.js';
import { ScimRoute } from './scim-resources.js';
import { schemaDescriptions } from './scim-schemas.js';
import { GROUP_LIMITS, GROUP_SCHEMA, SCIM_JSON, SCIM_PATH, USER_SCHEMA } from './scim-urns.js';
import { scimBase } from './scim-resources.dto.js';

type Resource = Record<string, unknown>;
const ANYTHING = { schema: { type: 'object', additionalProperties: true } };

/** What this service supports, for SCIM clients (RFC 7644 §4). */
@ApiTags('scim')
@ApiProduces(SCIM_JSON)
@Controller(SCIM_PATH)
export class ScimDiscoveryController {
  constructor(private readonly issuer: Issuer) {}

  @Get('ServiceProviderConfig')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getScimConfig', summary: 'What is supported' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §5.' })
  config(@Req() request: FastifyRequest): Resource {
    return serviceProviderConfig(this.base(request));
  }

  @Get('ResourceTypes')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimResourceTypes', summary: 'The types of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §6.' })
  types(@Req() request: FastifyRequest): ScimListOf<Resource> {
    return all(resourceTypes(this.base(request)));
  }

  @Get('ResourceTypes/:id')
  @ScimRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'getScimResourceType', summary: 'A type of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §6.' })
  type(@Param('id') id: string, @Req() request: FastifyRequest): Resource {
    return one(resourceTypes(this.base(request)), id);
  }

  @Get('Schemas')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimSchemas', summary: 'The schemas of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §7.' })
  schemas(@Req() request: FastifyRequest): ScimListOf<Resource> {
    return all(schemaDescriptions(this.base(request)));
  }

  @Get('Schemas/:id')
  @ScimRoute('rescind:members:read', 404)
  @ApiOperation({ operationId: 'getScimSchema', summary: 'A schema of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §7.' })
  schema(@Param('id') id: string, @Req() request: FastifyRequest): Resource {
    return one(schemaDescriptions(this.base(request)), id);
  }

  private base(request: FastifyRequest): string {
    return scimBase(this.issuer.of(request));
  }
}

function all(resources: Resource[]): ScimListOf<Resource> {
  return listOf(resources.length, 0, resources);
}

function one(resources: Resource[], id: string): Resource {
  const found = resources.find((each) => each.id === id);
  if (found === undefined) throw refusal('route.not_found');
  return found;
}

/** What is and is not supported (RFC 7643 §5). */
function serviceProviderConfig(base: string): Resource {
  const no = { supported: false };
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig', GROUP_LIMITS],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: COUNT_MAX },
    changePassword: no,
    sort: no,
    etag: no,
    [GROUP_LIMITS]: {
      members: GROUP_MEMBERS_MAX,
      operations: GROUP_OPERATIONS_MAX,
      bodyBytes: GROUP_BODY.bytesMax,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'API token',
        description: 'A token of the business with rescind:directory:write, as a bearer.',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

/** RFC 7643 §6. */
function resourceTypes(base: string): Resource[] {
  return [
    { name: 'User', schema: USER_SCHEMA, description: 'Members of the business' },
    { name: 'Group', schema: GROUP_SCHEMA, description: 'Groups, which may give roles' },
  ].map(({ name, schema, description }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint: `/${name}s`,
    description,
    schema,
    schemaExtensions: [],
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }));
}
