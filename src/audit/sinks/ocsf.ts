import { rescindVersion } from '../../common/version.js';
import type { AuditAction } from '../../log-format/audit-action.js';
import type { AuditEvent } from '../../log-format/audit-event.js';
import type { OutgoingEvent } from './sink.js';

const OCSF_VERSION = '1.8.0';
const VERSION = rescindVersion();

/** Of class 3004, Entity Management. */
const ENTITY = {
  create: [1, 'Create'],
  read: [2, 'Read'],
  update: [3, 'Update'],
  delete: [4, 'Delete'],
  enable: [8, 'Enable'],
  disable: [9, 'Disable'],
  suspend: [12, 'Suspend'],
  resume: [13, 'Resume'],
} as const satisfies Record<string, readonly [number, string]>;

/** The OCSF activity of an action; any other is an update. */
const CLASSES: Partial<
  Record<AuditAction, keyof typeof ENTITY | 'api' | 'authentication' | 'logoff' | 'finding'>
> = {
  'token.issued': 'create',
  'token.revoked': 'disable',
  'token.searched': 'read',
  'token.cut_off': 'disable',
  'token.selection_revoked': 'disable',
  'revocation.previewed': 'read',
  'session.opened': 'authentication',
  'session.ended': 'logoff',
  'member.added': 'create',
  'member.removed': 'disable',
  'member.deactivated': 'disable',
  'member.activated': 'enable',
  'group.created': 'create',
  'group.deleted': 'delete',
  'identity.created': 'create',
  'identity.disabled': 'disable',
  'identity.enabled': 'enable',
  'business.created': 'create',
  'business.suspended': 'suspend',
  'business.resumed': 'resume',
  'platform.token_issued': 'create',
  'service.started': 'enable',
  'service.stopped': 'disable',
  'access.denied': 'api',
  'authentication.failed': 'authentication',
  'token.use_refused': 'authentication',
  'receipt.issued': 'read',
  'audit.read': 'read',
  'audit.exported': 'read',
  'audit.retention_applied': 'delete',
  'checkpoint.refused': 'finding',
  'integrity.violated': 'finding',
  'token.leaked': 'finding',
};

const REVOKING: ReadonlySet<AuditAction> = new Set([
  'token.cut_off',
  'token.revoked',
  'token.selection_revoked',
]);

interface OcsfClass {
  category: [number, string];
  uid: number;
  name: string;
  activity: readonly [number, string];
  /** What the class requires in addition to what all have. */
  members: Record<string, unknown>;
}

/** The Open Cybersecurity Schema Framework, 1.8: one JSON object. */
export function ocsfLine({ event, leafHash }: OutgoingEvent): string {
  const { category, uid, name, activity, members } = classOf(event);
  const [severityId, severity] = severityOf(event);
  const isSuccess = event.outcome === 'success';
  return JSON.stringify({
    activity_id: activity[0],
    activity_name: activity[1],
    category_uid: category[0],
    category_name: category[1],
    class_uid: uid,
    class_name: name,
    type_uid: uid * 100 + activity[0],
    type_name: `${name}: ${activity[1]}`,
    time: Date.parse(event.occurred_at),
    severity_id: severityId,
    severity,
    status_id: isSuccess ? 1 : 2,
    status: isSuccess ? 'Success' : 'Failure',
    ...(event.reason === null ? {} : { status_detail: event.reason }),
    message: event.action,
    actor: actorOf(event),
    src_endpoint: event.ip === null ? { name: 'unknown' } : { ip: event.ip },
    ...members,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Rescind', vendor_name: 'Rescind', version: VERSION },
      uid: event.id,
      event_code: event.action,
      sequence: event.sequence,
      log_name: event.business_id ?? 'platform',
      ...(event.business_id === null ? {} : { tenant_uid: event.business_id }),
      ...(event.request_id === null ? {} : { correlation_uid: event.request_id }),
    },
    unmapped: {
      sequence: event.sequence,
      leaf_hash: leafHash,
      actor_token_id: event.actor.token_id,
      user_agent: event.user_agent,
      details: event.details,
    },
  });
}

function classOf(event: AuditEvent): OcsfClass {
  const { action, details, target } = event;
  const what = CLASSES[action] ?? 'update';
  const iam: [number, string] = [3, 'Identity & Access Management'];
  switch (what) {
    case 'api':
      return {
        category: [6, 'Application Activity'],
        uid: 6003,
        name: 'API Activity',
        activity: activityOfMethod(String(details.method)),
        members: {
          api: {
            operation: `${String(details.method)} ${String(details.route)}`,
            response: { error: String(details.code) },
          },
        },
      };
    case 'authentication':
    case 'logoff':
      return {
        category: iam,
        uid: 3002,
        name: 'Authentication',
        activity: what === 'logoff' ? [2, 'Logoff'] : [1, 'Logon'],
        members: {
          user: {
            name: String(details.owner ?? 'unknown'),
            credential_uid: String(details.public_id ?? target.id ?? 'unknown'),
          },
        },
      };
    case 'finding':
      return {
        category: [2, 'Findings'],
        uid: 2004,
        name: 'Detection Finding',
        activity: [1, 'Create'],
        members: {
          finding_info: { uid: event.id, title: findingOf(event) },
        },
      };
    default:
      return {
        category: iam,
        uid: 3004,
        name: 'Entity Management',
        activity: ENTITY[what],
        members: {
          entity: {
            ...(target.id === null ? { name: target.kind } : { uid: target.id }),
            type_id: 99,
            type: TYPES[target.kind],
          },
        },
      };
  }
}

function findingOf({ action, details }: AuditEvent): string {
  if (action === 'token.leaked')
    return `The secret of a token was found in public: ${String(details.url ?? 'place unknown')}`;
  return action === 'checkpoint.refused'
    ? `A witness knows another audit log: ${String(details.witness)}`
    : `The audit log was tampered with: ${String(details.fault)}`;
}

const TYPES: Record<AuditEvent['target']['kind'], string> = {
  token: 'API Token',
  member: 'Member',
  group: 'Group',
  identity: 'Machine Identity',
  revocation: 'Revocation',
  business: 'Business',
  audit: 'Audit Log',
  route: 'Route',
  service: 'Service',
};

function activityOfMethod(method: string): readonly [number, string] {
  if (method === 'POST') return [1, 'Create'];
  if (method === 'GET' || method === 'HEAD') return [2, 'Read'];
  if (method === 'PUT' || method === 'PATCH') return [3, 'Update'];
  return method === 'DELETE' ? [4, 'Delete'] : [99, 'Other'];
}

function actorOf({ actor }: AuditEvent): Record<string, unknown> {
  const isSystem = actor.kind === 'system';
  return {
    user: {
      ...(actor.id === null ? { name: actor.email ?? actor.kind } : { uid: actor.id }),
      ...(actor.email?.includes('@') === true ? { email_addr: actor.email } : {}),
      ...(actor.token_id === null ? {} : { credential_uid: actor.token_id }),
      type_id: isSystem ? 3 : 99,
      type: isSystem ? 'System' : actor.kind,
    },
  };
}

function severityOf({ action, outcome }: AuditEvent): [number, string] {
  if (action === 'integrity.violated') return [5, 'Critical'];
  if (action === 'token.leaked' || action === 'checkpoint.refused') return [4, 'High'];
  if (outcome !== 'success') return [3, 'Medium'];
  return REVOKING.has(action) ? [2, 'Low'] : [1, 'Informational'];
}
