import canonicalize from 'canonicalize';
import { GROUP_SCHEMA, PATCH_OP, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { TOKEN_AUTH } from '../infisical-config/token-auth.js';
import { aToken, type TestToken } from '../../support/factories.js';
import {
  ATTACHED,
  DAY_MS,
  EACH_ENDED,
  NO_HINT,
  ONLY_FALSE,
  SECRET,
  TERMS,
  byForm,
  email,
  log,
  named,
  onIdentity,
  owner,
  someDetail,
  target,
  text,
  type RecordedOperation,
  type SentChange,
  type Tells,
  withTokenAuth,
} from './sent-changes.js';

const scimOf = (
  { api }: TestToken,
  method: string,
  path: string,
  body?: Record<string, unknown>,
): SentChange => ({
  api: api.within(null),
  method,
  path: `/scim/v2${path}`,
  ...(body === undefined ? {} : { body }),
});
const aScimUser = () => ({
  schemas: [USER_SCHEMA],
  userName: email(),
  externalId: text(),
  displayName: text(),
  name: { givenName: text(), familyName: text() },
  emails: [{ value: email(), type: 'work', primary: true }],
  active: false,
});
const aScimGroup = (memberId: string) => ({
  schemas: [GROUP_SCHEMA],
  displayName: text(),
  externalId: text(),
  members: [{ value: memberId }],
});
const aScimPatch = (path: string) => ({
  schemas: [PATCH_OP],
  Operations: [{ op: 'replace', path, value: text() }],
});
const aGroupOf = async ({ api }: TestToken): Promise<string> => {
  const group = { schemas: [GROUP_SCHEMA], displayName: text() };
  return (await api.within(null).post<{ id: string }>('/scim/v2/Groups', group)).body.id;
};

const NO_DATA = 'which kind of message it is';
/** Somewhere in the attributes that are read back, which stand there as JSON. */
const inAttributes: Tells = (events, value) =>
  events.some(({ details }) => String(details.attributes_after).includes(canonicalize(value) ?? ''));
const OF_USER = {
  told: {
    userName: someDetail('email'),
    externalId: named('external_id'),
    displayName: inAttributes,
    name: inAttributes,
    emails: inAttributes,
    active: (events) => events.some(({ action }) => action === 'member.deactivated'),
  } satisfies Record<string, Tells>,
  untold: { schemas: NO_DATA },
};
const OF_GROUP = {
  told: {
    displayName: named('name'),
    externalId: named('external_id'),
    members: (events, value) =>
      events.some(({ details }) =>
        [details.members, details.members_added]
          .flat()
          .includes((value as { value: string }[])[0]?.value ?? ''),
      ),
  } satisfies Record<string, Tells>,
  untold: { schemas: NO_DATA },
};
const OF_PATCH = {
  told: {
    Operations: (events, value) =>
      JSON.stringify(events).includes((value as { value: string }[])[0]?.value ?? '?'),
  } satisfies Record<string, Tells>,
  untold: { schemas: NO_DATA },
};

/** The documented operations of the dialects and of OAuth that change something, by their operationId. */
export const DIALECT_CHANGES: Record<string, RecordedOperation> = {
  createInfisicalIdentity: {
    requests: [
      ({ admin, business }) => ({
        api: admin.api.within(null),
        method: 'POST',
        path: '/api/v1/identities',
        body: { name: text(), role: 'auditor', organizationId: business.id, hasDeleteProtection: false },
      }),
    ],
    told: { organizationId: log },
    untold: { hasDeleteProtection: ONLY_FALSE },
  },
  changeInfisicalIdentity: {
    requests: [
      onIdentity('PATCH', '', () => ({ name: text(), role: 'auditor', hasDeleteProtection: false }), true),
    ],
    untold: { hasDeleteProtection: ONLY_FALSE },
  },
  deleteInfisicalIdentity: { requests: [onIdentity('DELETE', '', undefined, true)] },
  attachTokenAuth: {
    requests: [
      withTokenAuth(
        ({ admin, id }) => ({
          api: admin,
          method: 'POST',
          path: `${TOKEN_AUTH}/identities/${id}`,
          body: ATTACHED(),
          names: [id],
        }),
        false,
      ),
    ],
    told: TERMS,
  },
  changeTokenAuth: {
    requests: [
      withTokenAuth(({ admin, id }) => ({
        api: admin,
        method: 'PATCH',
        path: `${TOKEN_AUTH}/identities/${id}`,
        body: ATTACHED(),
        names: [id],
      })),
    ],
    told: TERMS,
  },
  detachTokenAuth: {
    requests: [
      withTokenAuth(({ admin, id }) => ({
        api: admin,
        method: 'DELETE',
        path: `${TOKEN_AUTH}/identities/${id}`,
        names: [id],
      })),
    ],
  },
  createTokenAuthToken: {
    requests: [
      withTokenAuth(({ admin, id }) => ({
        api: admin,
        method: 'POST',
        path: `${TOKEN_AUTH}/identities/${id}/tokens`,
        body: { name: text() },
        names: [id],
      })),
    ],
  },
  renameTokenAuthToken: {
    requests: [
      withTokenAuth(({ admin, token }) => ({
        api: admin,
        method: 'PATCH',
        path: `${TOKEN_AUTH}/tokens/${token.id}`,
        body: { name: text() },
        names: [token.id],
      })),
    ],
  },
  revokeTokenAuthToken: {
    requests: [
      withTokenAuth(({ admin, token }) => ({
        api: admin,
        method: 'POST',
        path: `${TOKEN_AUTH}/tokens/${token.id}/revoke`,
        names: [token.id],
      })),
    ],
  },
  renewAccessToken: {
    requests: [
      withTokenAuth(({ admin, token }) => ({
        api: admin.as(null),
        method: 'POST',
        path: '/api/v1/auth/token/renew',
        body: { accessToken: token.secret },
        names: [token.id],
      })),
    ],
    untold: { accessToken: SECRET },
  },
  revokeAccessToken: {
    requests: [
      withTokenAuth(({ admin, token }) => ({
        api: admin.as(null),
        method: 'POST',
        path: '/api/v1/auth/token/revoke',
        body: { accessToken: token.secret },
        names: [token.id],
      })),
    ],
    untold: { accessToken: SECRET },
  },
  createOpenTrainToken: {
    requests: [
      ({ admin }) => ({
        api: admin.api,
        method: 'POST',
        path: '/api/public/v1/tokens',
        body: {
          name: text(),
          scopes: ['jobs:read'],
          expiresAt: new Date(Date.now() + 5 * DAY_MS).toISOString(),
        },
      }),
    ],
    told: { expiresAt: someDetail('expires_at') },
  },
  revokeOpenTrainToken: {
    requests: [
      ({ token }) => ({
        api: token.api,
        method: 'DELETE',
        path: `/api/public/v1/tokens/${token.id}`,
        names: [token.id],
      }),
    ],
  },
  revokeOpenTrainIdentity: {
    requests: [byForm('/api/agent/identity/revoke')],
    untold: { token: SECRET, token_type_hint: NO_HINT },
  },
  revokeOpenTrainOAuth: {
    requests: [byForm('/api/agent/oauth/revoke')],
    untold: { token: SECRET, token_type_hint: NO_HINT },
  },
  revokeSecret: {
    requests: [byForm('/oauth/revoke')],
    untold: {
      token: SECRET,
      token_type_hint: NO_HINT,
      client_id: 'who calls: the actor',
      client_secret: SECRET,
    },
  },
  createVcitaToken: {
    requests: [
      ({ root, business, identity }) => ({
        api: root,
        method: 'POST',
        path: '/platform/v1/tokens',
        body: { app_id: identity.id, business_id: business.id },
      }),
      ({ root, business, member }) => ({
        api: root,
        method: 'POST',
        path: '/platform/v1/tokens',
        body: { user_id: member.id, business_id: business.id },
      }),
    ],
    told: { app_id: owner, user_id: owner, business_id: log },
    untold: { directory_id: 'it means the platform, whose own log tells of the token' },
  },
  revokeVcitaToken: {
    requests: [
      ({ admin, token }) => ({
        api: admin.api,
        method: 'POST',
        path: '/platform/v1/tokens/revoke',
        body: { token: token.secret },
        names: [token.id],
      }),
      ({ admin, token }) => ({
        api: admin.api,
        method: 'POST',
        path: '/platform/v1/tokens/revoke',
        body: { token_id: token.id },
      }),
      ({ admin, token, identity }) => ({
        api: admin.api,
        method: 'POST',
        path: '/platform/v1/tokens/revoke',
        body: { app_id: identity.id },
        names: [token.id],
      }),
      async ({ admin, business, member }) => {
        const { id } = await aToken(business, { member });
        return {
          api: admin.api,
          method: 'POST',
          path: '/platform/v1/tokens/revoke',
          body: { user_id: member.id },
          names: [id],
        };
      },
    ],
    told: { token_id: target },
    untold: {
      token: SECRET,
      app_id: EACH_ENDED,
      user_id: EACH_ENDED,
      directory_id: 'it means the platform, each of whose tokens has an event of its own',
    },
  },
  createScimUser: { requests: [({ admin }) => scimOf(admin, 'POST', '/Users', aScimUser())], ...OF_USER },
  replaceScimUser: {
    requests: [
      ({ admin, member }) => ({
        ...scimOf(admin, 'PUT', `/Users/${member.id}`, aScimUser()),
        names: [member.id],
      }),
    ],
    ...OF_USER,
  },
  patchScimUser: {
    requests: [
      ({ admin, member }) => ({
        ...scimOf(admin, 'PATCH', `/Users/${member.id}`, aScimPatch('displayName')),
        names: [member.id],
      }),
    ],
    ...OF_PATCH,
  },
  deleteScimUser: {
    requests: [
      ({ admin, member }) => ({ ...scimOf(admin, 'DELETE', `/Users/${member.id}`), names: [member.id] }),
    ],
  },
  createScimGroup: {
    requests: [({ admin, member }) => scimOf(admin, 'POST', '/Groups', aScimGroup(member.id))],
    ...OF_GROUP,
  },
  replaceScimGroup: {
    requests: [
      async ({ admin, member }) =>
        scimOf(admin, 'PUT', `/Groups/${await aGroupOf(admin)}`, aScimGroup(member.id)),
    ],
    ...OF_GROUP,
  },
  patchScimGroup: {
    requests: [
      async ({ admin }) =>
        scimOf(admin, 'PATCH', `/Groups/${await aGroupOf(admin)}`, aScimPatch('displayName')),
    ],
    ...OF_PATCH,
  },
  deleteScimGroup: {
    requests: [
      async ({ admin }) => {
        const id = await aGroupOf(admin);
        return { ...scimOf(admin, 'DELETE', `/Groups/${id}`), names: [id] };
      },
    ],
  },
};
