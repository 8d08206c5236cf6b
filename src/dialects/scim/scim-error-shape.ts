import SCIMMY from 'scimmy';
import { DomainError, refusal } from '../../common/errors/domain-error.js';
import type { ErrorShape, RenderedError } from '../../common/errors/error-shape.js';
import { type ErrorCode, HTTP_STATUS, statusesOf } from '../../common/errors/refusals.js';
import { SCIM_ERROR, SCIM_JSON } from './scim-urns.js';

/** RFC 7644 §3.12, table 9: those that are used here. */
type ScimType =
  'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'mutability' | 'noTarget';

/** A request that is refused with this `scimType`. */
export function scimInvalid(scimType: ScimType, sentence: string): DomainError {
  return new DomainError('scim.invalid', sentence, { details: { scim_type: scimType } });
}

/** It is not clear whether a user is to be active: refused, and recorded as denied, so that somebody notices it. */
export function activeUnclear(): DomainError {
  return refusal('scim.active_unclear');
}

/** What the library says of an attribute; it never quotes a value there. */
const OF_ATTRIBUTE = /^(?:Complex a|A|Required a)ttribute '[\w.$]{1,64}' [\w' ]{1,100}/;
const SENTENCES: Record<string, string> = {
  invalidPath: 'The path of an operation names no attribute that is known here.',
  noTarget: 'The path of an operation matches no value.',
  invalidSyntax: 'The request does not follow the schemas that it names.',
};

/** The refusal of what the library found wrong. Its messages quote the input, and are not passed on. */
export function refusalOf(error: unknown): unknown {
  const isScim = error instanceof SCIMMY.Types.Error;
  if (!isScim && !(error instanceof TypeError)) return error;
  const scimType = isScim ? String(error.scimType) : 'invalidValue';
  const known = SENTENCES[scimType];
  if (known !== undefined) return scimInvalid(scimType as ScimType, known);
  const told = OF_ATTRIBUTE.exec(error.message)?.[0];
  return scimInvalid('invalidValue', told ?? 'An attribute has a value that it cannot have.');
}

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
