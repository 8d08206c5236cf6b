import { canonicalJson } from '../log-format/canonical-event.js';
import type { AuditDetailsByAction } from '../log-format/audit-action.js';
import type { Token } from '../token-rows/token.entity.js';

type Labels = Pick<Token, 'externalId' | 'metadata'>;

/** The audit details of a change of external id and metadata; without unchanged values. */
export function changesOfLabels(
  before: Labels,
  after: Labels,
): Partial<AuditDetailsByAction['token.changed']> {
  const [metadataBefore, metadataAfter] = [textOf(before), textOf(after)];
  return {
    ...(before.externalId === after.externalId
      ? {}
      : { external_id_before: before.externalId, external_id_after: after.externalId }),
    ...(metadataBefore === metadataAfter
      ? {}
      : { metadata_before: metadataBefore, metadata_after: metadataAfter }),
  };
}

/** The same for the addresses that it may be used from. */
export function changesOfAddresses(
  { trustedIps: before }: Pick<Token, 'trustedIps'>,
  { trustedIps: after }: Pick<Token, 'trustedIps'>,
): Partial<AuditDetailsByAction['token.changed']> {
  const isSame = before === null || after === null ? before === after : before.join() === after.join();
  return isSame ? {} : { trusted_ips_before: before, trusted_ips_after: after };
}

function textOf({ metadata }: Labels): string | null {
  return metadata === null ? null : canonicalJson(metadata);
}
