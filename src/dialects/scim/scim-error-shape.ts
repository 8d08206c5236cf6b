import type { DomainError } from '../../common/errors/domain-error.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';
import { HTTP_STATUS, statusesOf, type ErrorCode } from '../../common/errors/refusals.js';
import { SCIM_ERROR, SCIM_JSON } from './scim-urns.js';

const SCIM_STATUS = statusesOf({ ...HTTP_STATUS, invalid_input: 400, malformed_credential: 401 });

const SCIM_TYPES: Partial<Record<ErrorCode, string>> = {
  'member.exists': 'uniqueness',
  'group.exists': 'uniqueness',
  'request.invalid': 'invalidSyntax',
  'input.invalid': 'invalidValue',
  'scim.active_unclear': 'invalidValue',
};

/** `{schemas, status, scimType?, detail}` (RFC 7644 §3.12). */
export class ScimErrorShape implements ErrorShape {
  readonly pathPrefix = '/scim';
  readonly contentType = SCIM_JSON;
  readonly statusOf = SCIM_STATUS;

  render(error: DomainError): RenderedError {
    const status = this.statusOf[error.code];
    const scimType = error.facts.details?.scim_type ?? SCIM_TYPES[error.code];
    const body = {
      schemas: [SCIM_ERROR],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: sentenceOf(error),
    };
    return { status, body };
  }
}

function sentenceOf({ code, message, facts }: DomainError): string {
  if (code !== 'input.invalid' || facts.issues === undefined) return message;
  return facts.issues.map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`).join('; ');
}
