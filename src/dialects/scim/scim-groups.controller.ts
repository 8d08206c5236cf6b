import { Controller } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Issuer } from '../../common/http/issuer.js';
import { GROUP_BODY } from './scim-group-request.js';
import { ScimGroupDto, ScimGroupInputDto, ScimGroupListDto } from './scim-group.dto.js';
import { ScimGroupsService } from './scim-groups.service.js';
import { ScimResources } from './scim-resources.js';
import { SCIM_JSON, SCIM_PATH } from './scim-urns.js';

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
