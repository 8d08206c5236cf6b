/** The names that RFC 7643 and RFC 7644 give to schemas and messages. */
export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
/** Our own: how large a group, a PATCH of it and a body about it may be. */
export const GROUP_LIMITS = 'urn:rescind:scim:schemas:2.0:GroupLimits';
export const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** RFC 7644 §3.1. */
export const SCIM_JSON = 'application/scim+json';
/** Below which everything is SCIM. */
export const SCIM_PATH = '/scim/v2';
