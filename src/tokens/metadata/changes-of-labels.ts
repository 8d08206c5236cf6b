import { canonicalJson } from '../../audit/trail/canonical-event.js';
import type { AuditDetailsByAction } from '../../audit/trail/audit-action.js';
import type { Token } from '../token.entity.js';

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

function textOf({ metadata }: Labels): string | null {
  return metadata === null ? null : canonicalJson(metadata);
}
