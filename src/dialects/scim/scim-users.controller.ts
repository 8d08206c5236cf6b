import { Controller } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Issuer } from '../../common/http/issuer.js';
import { ScimResources } from './scim-resources.js';
import { SCIM_JSON, SCIM_PATH } from './scim-urns.js';
import { ScimUserDto, ScimUserInputDto, ScimUserListDto } from './scim-user.dto.js';
import { deactivates } from './scim-user-request.js';
import { ScimUsersService } from './scim-users.service.js';

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
