import { schemaDescriptions } from './scim-schemas.js';
import { GROUP_SCHEMA, USER_SCHEMA } from './scim-urns.js';
import { COUNT_MAX } from './scim-list.js';

type Resource = Record<string, unknown>;

/** What is and is not supported (RFC 7643 §5). */
export function serviceProviderConfig(base: string): Resource {
  const no = { supported: false };
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: COUNT_MAX },
    changePassword: no,
    sort: no,
    etag: no,
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'API token',
        description: 'A token of the business with rescind:members:write, as a bearer.',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

/** RFC 7643 §6. */
export function resourceTypes(base: string): Resource[] {
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

/** RFC 7643 §7. */
export function schemas(base: string): Resource[] {
  return schemaDescriptions(base);
}
