import { clientOf } from '../../api/client';
import {
  getAuditConsistency,
  getAuditKey,
  getAuditProof,
  getPlatformAuditConsistency,
  getPlatformAuditKey,
  getPlatformAuditProof,
  listAuditEvents,
  listAuditEventsAcrossBusinesses,
  streamAuditEvents,
  streamPlatformAuditEvents,
} from '../../api/generated/sdk.gen';
import type {
  AuditPageDto,
  ConsistencyDto,
  ListAuditEventsData,
  LogKeyDto,
} from '../../api/generated/types.gen';

type ListQuery = NonNullable<ListAuditEventsData['query']>;
type StreamOptions = Parameters<typeof streamAuditEvents>[0];

/** Which log is read: that of a business, the platform's own, or all of them. */
export type LogName = { businessId: string } | 'platform' | 'all';

/** How a log is read; of all logs there is neither a proof nor a key. */
interface Log {
  list: (query: ListQuery, signal: AbortSignal) => Promise<AuditPageDto>;
  follow: (options: NonNullable<StreamOptions>) => ReturnType<typeof streamAuditEvents>;
  /** Address and headers of an export. */
  exported: { path: string; headers: Record<string, string> };
}

export function logOf(name: LogName): Log {
  if (typeof name === 'object') {
    const { businessId } = name;
    const client = clientOf(businessId);
    return {
      list: (query, signal) => listAuditEvents({ client, query, signal }),
      follow: (options) => streamAuditEvents({ ...options, client }),
      exported: { path: '/api/v1/audit/export?', headers: { 'x-business-id': businessId } },
    };
  }
  const client = clientOf(null);
  const which = name === 'all' ? {} : { business_id: 'platform' };
  return {
    list: (query, signal) =>
      listAuditEventsAcrossBusinesses({ client, query: { ...query, ...which }, signal }),
    follow: ({ query, ...options }) =>
      streamPlatformAuditEvents({ ...options, query: { ...query, business_id: name }, client }),
    exported: { path: `/api/v1/admin/audit/export?business_id=${name}&`, headers: {} },
  };
}

/** What proves something about the log of a business, or with null of the platform's own. */
interface LogProofs {
  key: (signal: AbortSignal) => Promise<LogKeyDto>;
  proofOf: (eventId: string) => Promise<string>;
  growth: (from: number, to: number) => Promise<ConsistencyDto>;
}

export function proofsOf(businessId: string | null): LogProofs {
  const client = clientOf(businessId);
  const isPlatform = businessId === null;
  return {
    key: (signal) => (isPlatform ? getPlatformAuditKey : getAuditKey)({ client, signal }),
    proofOf: (event_id) =>
      (isPlatform ? getPlatformAuditProof : getAuditProof)({ client, path: { event_id }, parseAs: 'text' }),
    growth: (from, to) =>
      (isPlatform ? getPlatformAuditConsistency : getAuditConsistency)({ client, query: { from, to } }),
  };
}
