import { aToken } from '../../support/factories.js';
import { aSession, OwnPageApi } from '../../support/session.js';
import {
  DAY_MS,
  EACH_ENDED,
  email,
  named,
  newMember,
  onBusiness,
  onIdentity,
  onMember,
  onToken,
  owner,
  person,
  someDetail,
  someTime,
  text,
  type RecordedOperation,
  type Tells,
} from './sent-changes.js';

const TRIED_APART = 'test/e2e/bulk-revocations';

/** Metadata stand there as JSON. */
const canonical: Tells = (events, value) => named('metadata')(events, JSON.stringify(value));

/** The documented operations of the native API that change something, by their operationId. */
export const NATIVE_CHANGES: Record<string, RecordedOperation> = {
  issueToken: {
    requests: [
      ({ api, member }) => ({
        api,
        method: 'POST',
        path: '/api/v1/tokens',
        body: {
          name: text(),
          description: text(),
          expires_in_days: 9,
          scopes: ['jobs:read'],
          owner_email: member.email,
          external_id: text(),
          metadata: { plan: text() },
          trusted_ips: ['203.0.113.0/24'],
        },
      }),
      ({ api, identity }) => ({
        api,
        method: 'POST',
        path: '/api/v1/tokens',
        body: { name: text(), identity_id: identity.id },
      }),
    ],
    told: {
      expires_in_days: someTime('expires_at', DAY_MS),
      owner_email: someDetail('owner'),
      identity_id: owner,
      metadata: canonical,
    },
  },
  changeToken: {
    requests: [
      onToken('PATCH', '', () => ({
        name: text(),
        description: text(),
        external_id: text(),
        metadata: { plan: text() },
        trusted_ips: ['203.0.113.0/24'],
      })),
    ],
    told: { metadata: canonical },
  },
  rotateToken: {
    requests: [onToken('POST', '/rotate', () => ({ grace_seconds: 77 }))],
    told: { grace_seconds: someTime('grace_ends_at', 1000) },
  },
  revokeToken: {
    requests: [onToken('POST', '/revoke', () => ({ reason: text(), successors: true, children: true }))],
    untold: { successors: EACH_ENDED, children: EACH_ENDED },
  },
  revokeTokens: {
    requests: [
      ({ api, member }) => ({
        api,
        method: 'POST',
        path: '/api/v1/revocations',
        body: {
          selector: { owner: member.email },
          reason: text(),
          issued_before: '2026-01-01T00:00:00.000Z',
        },
        names: [member.id],
      }),
    ],
    untold: {
      preview: TRIED_APART,
      plan: TRIED_APART,
      if_changed: TRIED_APART,
      break_glass: TRIED_APART,
    },
    told: {
      issued_before: someDetail('not_before'),
      selector: (events, value) => someDetail('name')(events, (value as { owner: string }).owner),
    },
  },
  openSession: {
    requests: [
      ({ token }) => ({
        api: new OwnPageApi(token.api.url, token.secret),
        method: 'POST',
        path: '/api/v1/sessions',
      }),
    ],
  },
  endCurrentSession: {
    requests: [
      async ({ token }) => {
        const { api, id } = await aSession(token.api);
        return { api, method: 'POST', path: '/api/v1/sessions/current/end', names: [id] };
      },
    ],
  },
  revokeSession: {
    requests: [
      async ({ api, token }) => {
        const { id } = await aSession(token.api);
        const path = `/api/v1/sessions/${id}/revoke`;
        return { api, method: 'POST', path, body: { reason: text() }, names: [id] };
      },
    ],
  },
  approveRevocation: {
    requests: [
      async ({ api, root, business, member }) => {
        const setting = `/api/v1/admin/businesses/${business.id}`;
        const asks = await aToken(business, { role: 'owner' });
        const approves = await aToken(business, { role: 'owner' });
        await aToken(business, { member });
        await root.patch(setting, { approval_above: 0 });
        const call = { selector: { owner: member.email }, reason: text() };
        const { body } = await asks.api.post('/api/v1/revocations', call);
        return {
          api: api.as(approves.secret),
          method: 'POST',
          path: `/api/v1/revocations/${body.id as string}/approve`,
          body: {},
          names: [body.id as string],
        };
      },
    ],
    untold: { if_changed: TRIED_APART },
  },
  declineRevocation: {
    requests: [
      async ({ api, root, business, member }) => {
        await root.patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: 0 });
        const asks = await aToken(business, { role: 'owner' });
        const declines = await aToken(business, { role: 'owner' });
        await aToken(business, { member });
        const call = { selector: { owner: member.email }, reason: text() };
        const { body } = await asks.api.post('/api/v1/revocations', call);
        return {
          api: api.as(declines.secret),
          method: 'POST',
          path: `/api/v1/revocations/${body.id as string}/decline`,
          body: { reason: text() },
          names: [body.id as string],
        };
      },
    ],
  },
  createBusiness: {
    requests: [
      ({ root }) => ({
        api: root,
        method: 'POST',
        path: '/api/v1/admin/businesses',
        body: { name: text(), slug: text(), token_prefix: 'sent' },
      }),
    ],
  },
  changeBusiness: {
    requests: [
      onBusiness('PATCH', '', () => ({
        name: text(),
        slug: text(),
        token_prefix: 'sent',
        leak_policy: 'notify',
        token_lifetime_days_max: 471,
        token_expiry_required: true,
        token_unused_days_max: 472,
        token_unused_notice_days: 73,
        token_rotation_days: 474,
        approval_above: 77,
      })),
    ],
  },
  suspendBusiness: { requests: [onBusiness('POST', '/suspend', () => ({ reason: text() }))] },
  reportLeaks: {
    requests: [
      ({ root, token }) => ({
        api: root,
        method: 'POST',
        path: '/api/v1/leaks',
        body: { leaks: [{ secret: token.secret, url: 'https://paste.example/4711', source: 'paste' }] },
        names: [token.id],
      }),
    ],
    told: {
      leaks: (events) =>
        events.some(
          ({ details }) => details.url === 'https://paste.example/4711' && details.source === 'paste',
        ),
    },
  },
  resumeBusiness: {
    requests: [
      async (world) => {
        await world.root.post(`/api/v1/admin/businesses/${world.business.id}/suspend`, {});
        return onBusiness('POST', '/resume')(world);
      },
    ],
  },
  addBusinessMember: { requests: [onBusiness('POST', '/members', newMember)] },
  changeBusinessMember: { requests: [onMember('PATCH', () => ({ ...person(), role_pinned: true }), true)] },
  removeBusinessMember: { requests: [onMember('DELETE', () => ({ reason: text() }), true)] },
  createIdentity: {
    requests: [
      ({ api }) => ({
        api,
        method: 'POST',
        path: '/api/v1/identities',
        body: { ...person(), description: text() },
      }),
    ],
  },
  changeIdentity: { requests: [onIdentity('PATCH', '', () => ({ ...person(), description: text() }))] },
  disableIdentity: { requests: [onIdentity('POST', '/disable', () => ({ reason: text() }))] },
  enableIdentity: {
    requests: [
      async (world) => {
        await world.api.post(`/api/v1/identities/${world.identity.id}/disable`, {});
        return onIdentity('POST', '/enable')(world);
      },
    ],
  },
  addMember: {
    requests: [({ api }) => ({ api, method: 'POST', path: '/api/v1/members', body: newMember() })],
  },
  changeMember: { requests: [onMember('PATCH', () => ({ ...person(), role_pinned: true }))] },
  linkMemberAccount: {
    requests: [
      ({ api, member }) => ({
        api,
        method: 'POST',
        path: `/api/v1/members/${member.id}/accounts`,
        body: { issuer: 'https://id.example.com', subject: text() },
        names: [member.id],
      }),
    ],
  },
  unlinkMemberAccount: {
    requests: [
      async ({ api, member }) => {
        const accounts = `/api/v1/members/${member.id}/accounts`;
        const { body } = await api.post(accounts, { issuer: 'https://id.example.com', subject: text() });
        return { api, method: 'DELETE', path: `${accounts}/${body.id as string}`, names: [member.id] };
      },
    ],
  },
  setDeveloperScopes: {
    requests: [
      ({ api }) => ({
        api,
        method: 'PUT',
        path: '/api/v1/scopes/developers',
        body: { scopes: [`${text()}:read`] },
      }),
    ],
  },
  setRoleMapping: {
    requests: [
      ({ api }) => ({
        api,
        method: 'PUT',
        path: '/api/v1/role-mapping',
        body: { groups: [{ group: text(), role: 'auditor' }], default_role: 'auditor' },
      }),
    ],
    told: {
      groups: (events, value) => {
        const [{ group, role }] = value as [{ group: string; role: string }];
        return named('groups')(events, [`${group}: ${role}`]);
      },
    },
  },
  removeMember: { requests: [onMember('DELETE', () => ({ reason: text() }))] },
  issuePlatformToken: {
    requests: [
      ({ root }) => ({
        api: root,
        method: 'POST',
        path: '/api/v1/admin/tokens',
        body: {
          name: text(),
          scopes: ['rescind:tokens:verify'],
          issued_to: email(),
          expires_in_days: 9,
        },
      }),
    ],
    told: { expires_in_days: someTime('expires_at', DAY_MS) },
  },
  revokePlatformToken: {
    requests: [
      async ({ root }) => {
        const { body } = await root.post('/api/v1/admin/tokens', { name: text() });
        const id = body.token_info.id as string;
        const path = `/api/v1/admin/tokens/${id}/revoke`;
        return { api: root, method: 'POST', path, body: { reason: text(), children: true }, names: [id] };
      },
    ],
    untold: { children: EACH_ENDED },
  },
  setAuditRetention: {
    requests: [({ api }) => ({ api, method: 'PUT', path: '/api/v1/audit/retention', body: { months: 31 } })],
  },
  setPlatformAuditRetention: {
    requests: [
      async ({ root }) => {
        const path = '/api/v1/admin/audit/retention';
        const { body } = await root.get(path);
        return { api: root, method: 'PUT', path, body: { months: body.months === 241 ? 242 : 241 } };
      },
    ],
  },
};
