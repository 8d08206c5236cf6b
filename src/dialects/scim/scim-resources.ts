import {
  Body,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentBusinessCaller, type BusinessCaller } from '../../auth/caller.js';
import { LateBody } from '../../auth/late-body.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import type { BodyLimits } from '../../common/http/body-parsers.js';
import type { Issuer } from '../../common/http/issuer.js';
import { ScimListDto, ScimProjectionDto } from './scim-list.js';
import { DirectoryRoute, ScimRoute } from './scim-route.decorator.js';
import { scimBase, ScimPatchDto, type ScimMetaDto } from './scim-user.dto.js';

/** What a type of resources is, to those who read and write it. */
interface ResourceType<Resource, List> {
  name: 'User' | 'Group';
  resource: Type<Resource>;
  list: Type<List>;
  input: Type;
  created: string;
  /** What else a change does. */
  changed: string;
  deleted: string;
  /** Whether a change with this body ends rights; undefined: none does by itself, and neither does deleting one. */
  ends?: (body: unknown) => boolean;
  /** Of a body that is larger than others; undefined: none is. */
  large?: BodyLimits;
}

/** What answers for one type of resources. `base` is where SCIM is reached from outside. */
interface Resources<Resource, List> {
  list(caller: BusinessCaller, query: ScimListDto, base: string): Promise<List>;
  create(caller: BusinessCaller, body: unknown, base: string): Promise<Resource>;
  get(caller: BusinessCaller, id: string, projection: ScimProjectionDto, base: string): Promise<Resource>;
  replace(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<Resource>;
  patch(caller: BusinessCaller, id: string, body: unknown, base: string): Promise<Resource>;
  delete(caller: BusinessCaller, id: string): Promise<void>;
}

/** The routes of one type of resources (RFC 7644 §3.2): a controller extends it under its path. */
export function ScimResources<Resource extends { meta: ScimMetaDto }, List>({
  name,
  ...type
}: ResourceType<Resource, List>) {
  const noun = name.toLowerCase();
  const described = { type: type.resource, description: `The ${noun}.` };
  const Ends = (removes?: (body: unknown) => boolean): MethodDecorator =>
    type.ends === undefined ? () => undefined : Revokes(removes);
  const Reads = (): MethodDecorator => (type.large === undefined ? () => undefined : LateBody(type.large));

  abstract class Controller {
    constructor(
      private readonly resources: Resources<Resource, List>,
      private readonly issuer: Issuer,
    ) {}

    @Get()
    @ScimRoute('rescind:members:read')
    @ApiOperation({ operationId: `listScim${name}s`, summary: `List the ${noun}s, oldest first` })
    @ApiOkResponse({ type: type.list, description: 'One page.' })
    list(
      @CurrentBusinessCaller() caller: BusinessCaller,
      @Query() query: ScimListDto,
      @Req() request: FastifyRequest,
    ): Promise<List> {
      return this.resources.list(caller, query, scimBase(this.issuer.of(request)));
    }

    @Post()
    @ScimRoute('rescind:members:write', 409, 413, 415)
    @Reads()
    @ApiOperation({ operationId: `createScim${name}`, summary: type.created })
    @ApiBody({ type: type.input })
    @ApiCreatedResponse(described)
    async create(
      @CurrentBusinessCaller() caller: BusinessCaller,
      @Body() body: Record<string, unknown>,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<Resource> {
      const made = await this.resources.create(caller, body, scimBase(this.issuer.of(request)));
      void reply.header('location', made.meta.location);
      return made;
    }

    @Get(':id')
    @ScimRoute('rescind:members:read', 404)
    @ApiOperation({ operationId: `getScim${name}`, summary: `Read a ${noun}` })
    @ApiOkResponse(described)
    get(
      @CurrentBusinessCaller() caller: BusinessCaller,
      @Param('id') id: string,
      @Query() projection: ScimProjectionDto,
      @Req() request: FastifyRequest,
    ): Promise<Resource> {
      return this.resources.get(caller, id, projection, scimBase(this.issuer.of(request)));
    }

    @Put(':id')
    @Ends(type.ends)
    @ScimRoute('rescind:members:write', 404, 409, 413, 415)
    @Reads()
    @ApiOperation({
      operationId: `replaceScim${name}`,
      summary: `Replace a ${noun}`,
      description: type.changed,
    })
    @ApiBody({ type: type.input })
    @ApiOkResponse(described)
    replace(
      @CurrentBusinessCaller() caller: BusinessCaller,
      @Param('id') id: string,
      @Body() body: Record<string, unknown>,
      @Req() request: FastifyRequest,
    ): Promise<Resource> {
      return this.resources.replace(caller, id, body, scimBase(this.issuer.of(request)));
    }

    @Patch(':id')
    @Ends(type.ends)
    @ScimRoute('rescind:members:write', 404, 409, 413, 415)
    @Reads()
    @ApiOperation({ operationId: `patchScim${name}`, summary: `Change a ${noun}`, description: type.changed })
    @ApiBody({ type: ScimPatchDto })
    @ApiOkResponse(described)
    patch(
      @CurrentBusinessCaller() caller: BusinessCaller,
      @Param('id') id: string,
      @Body() body: Record<string, unknown>,
      @Req() request: FastifyRequest,
    ): Promise<Resource> {
      return this.resources.patch(caller, id, body, scimBase(this.issuer.of(request)));
    }

    @Delete(':id')
    @Ends()
    @HttpCode(204)
    @DirectoryRoute('rescind:members:write', 404, 409)
    @ApiOperation({ operationId: `deleteScim${name}`, summary: type.deleted })
    @ApiNoContentResponse({ description: 'It is done.' })
    delete(@CurrentBusinessCaller() caller: BusinessCaller, @Param('id') id: string): Promise<void> {
      return this.resources.delete(caller, id);
    }
  }
  return Controller;
}
