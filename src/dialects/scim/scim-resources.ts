import {
  applyDecorators,
  Body,
  Controller,
  Delete,
  Get,
  Header,
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
  ApiProduces,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type BusinessCaller, CurrentBusinessCaller } from '../../auth/caller.js';
import { LateBody } from '../../auth/late-body.js';
import { Revokes } from '../../auth/revokes.decorator.js';
import { TokenBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { documentedRefusals } from '../../common/errors/documented-refusals.js';
import type { BodyLimits } from '../../common/http/body-parsers.js';
import { Issuer } from '../../common/http/issuer.js';
import { GROUP_BODY } from './scim-group-request.js';
import { ScimGroupsService } from './scim-groups.service.js';
import { ScimListDto, ScimProjectionDto } from './scim-list.js';
import { SCIM_ERROR, SCIM_JSON, SCIM_PATH } from './scim-urns.js';
import {
  scimBase,
  ScimGroupDto,
  ScimGroupInputDto,
  ScimGroupListDto,
  type ScimMetaDto,
  ScimPatchDto,
  ScimUserDto,
  ScimUserInputDto,
  ScimUserListDto,
} from './scim-resources.dto.js';
import { deactivates } from './scim-user-request.js';
import { ScimUsersService } from './scim-users.service.js';

/** Why a request was refused (RFC 7644 §3.12). */
class ScimErrorDto {
  @ApiProperty({ type: [String], example: [SCIM_ERROR] })
  schemas!: string[];

  /** The HTTP status, as a string. */
  @ApiProperty({ example: '404' })
  status!: string;

  @ApiPropertyOptional({ example: 'invalidValue' })
  scimType?: string;

  @ApiProperty({ example: 'Resource not found' })
  detail!: string;
}

const DESCRIPTIONS = {
  400: 'The request is not valid; `scimType` says in which way. Whether a user is to be active must be clear.',
  401: 'No secret was presented, or it is not good at this moment.',
  403: 'The scope or the role of the token does not reach: nobody can change who has a higher role.',
  404: 'There is no such thing, or it belongs to another business.',
  409: 'Another user or group has this name (`uniqueness`), or the user is the last owner.',
  413: 'The body is over 100 kB, of a group over 4 MB, or over 4 kB and no credential is presented.',
  415: 'The body is neither application/scim+json nor application/json.',
  429: 'Too many calls, or too many failed authentications from this address.',
  500: 'A fault of the service; nothing was changed.',
  503: 'It cannot be decided, recorded or confirmed at the moment. Repeat after Retry-After seconds.',
} as const;

const Refusals = documentedRefusals(DESCRIPTIONS, () => ScimErrorDto, [400, 401, 403, 429, 500, 503]);

type MembersScope = 'rescind:members:read' | 'rescind:members:write';

/**
 * A route in the business of the calling token: SCIM clients name none. The scope of directories is enough for it.
 * @param refusals those that not every route has
 */
function DirectoryRoute(scope: MembersScope, ...refusals: Parameters<typeof Refusals>): MethodDecorator {
  return applyDecorators(TokenBusinessRoute([scope, 'rescind:directory:write']), Refusals(...refusals));
}

/** The same, where the answers have a body. */
export function ScimRoute(scope: MembersScope, ...refusals: Parameters<typeof Refusals>): MethodDecorator {
  return applyDecorators(
    DirectoryRoute(scope, ...refusals),
    Header('content-type', `${SCIM_JSON}; charset=utf-8`),
  );
}

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
function ScimResources<Resource extends { meta: ScimMetaDto }, List>({
  name,
  ...type
}: ResourceType<Resource, List>) {
  const noun = name.toLowerCase();
  const described = { type: type.resource, description: `The ${noun}.` };
  const Ends = (removes?: (body: unknown) => boolean): MethodDecorator =>
    type.ends === undefined ? () => undefined : Revokes(removes);
  const Reads = (): MethodDecorator => (type.large === undefined ? () => undefined : LateBody(type.large));

  abstract class Routes {
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
  return Routes;
}

@ApiTags('scim')
@ApiProduces(SCIM_JSON)
@Controller(`${SCIM_PATH}/Users`)
export class ScimUsersController extends ScimResources({
  name: 'User',
  resource: ScimUserDto,
  list: ScimUserListDto,
  input: ScimUserInputDto,
  created: 'Add a user, as a member of the business',
  changed:
    '`active: false` ends the membership and revokes every token and session of the user: once this has answered, they are refused everywhere. `active: true` begins the membership again, without any of them.',
  deleted: 'Remove a user for good, and revoke all their tokens and sessions',
  ends: deactivates,
}) {
  constructor(users: ScimUsersService, issuer: Issuer) {
    super(users, issuer);
  }
}

@ApiTags('scim')
@ApiProduces(SCIM_JSON)
@Controller(`${SCIM_PATH}/Groups`)
export class ScimGroupsController extends ScimResources({
  name: 'Group',
  resource: ScimGroupDto,
  list: ScimGroupListDto,
  input: ScimGroupInputDto,
  created: 'Add a group',
  changed:
    'The roles that follow from it hold everywhere once this has answered (`PUT /api/v1/role-mapping`).',
  deleted: 'Delete a group',
  large: GROUP_BODY,
}) {
  constructor(groups: ScimGroupsService, issuer: Issuer) {
    super(groups, issuer);
  }
}
