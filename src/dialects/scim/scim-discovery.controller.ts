import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { refusal } from '../../common/errors/domain-error.js';
import { Issuer } from '../../common/http/issuer.js';
import { resourceTypes, schemas, serviceProviderConfig } from './scim-discovery.js';
import { listOf, type ScimListOf } from './scim-list.js';
import { ScimRefusals } from './scim-refusals.decorator.js';
import { ScimRoute } from './scim-route.decorator.js';
import { SCIM_JSON, SCIM_PATH } from './scim-urns.js';
import { scimBase } from './scim-user.dto.js';

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
  @ScimRefusals()
  config(@Req() request: FastifyRequest): Resource {
    return serviceProviderConfig(this.base(request));
  }

  @Get('ResourceTypes')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimResourceTypes', summary: 'The types of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §6.' })
  @ScimRefusals()
  types(@Req() request: FastifyRequest): ScimListOf<Resource> {
    return all(resourceTypes(this.base(request)));
  }

  @Get('ResourceTypes/:id')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getScimResourceType', summary: 'A type of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §6.' })
  @ScimRefusals(404)
  type(@Param('id') id: string, @Req() request: FastifyRequest): Resource {
    return one(resourceTypes(this.base(request)), id);
  }

  @Get('Schemas')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'listScimSchemas', summary: 'The schemas of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §7.' })
  @ScimRefusals()
  schemas(@Req() request: FastifyRequest): ScimListOf<Resource> {
    return all(schemas(this.base(request)));
  }

  @Get('Schemas/:id')
  @ScimRoute('rescind:members:read')
  @ApiOperation({ operationId: 'getScimSchema', summary: 'A schema of resources' })
  @ApiOkResponse({ ...ANYTHING, description: 'RFC 7643 §7.' })
  @ScimRefusals(404)
  schema(@Param('id') id: string, @Req() request: FastifyRequest): Resource {
    return one(schemas(this.base(request)), id);
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
