import { scimInvalid } from './scim-refusal.js';

/** Where an operation or a member of a body points (RFC 7644 §3.5.2). */
interface ScimPath {
  /** The attribute; of an extension, its last name. */
  attribute: string;
  /** What stands in the brackets. */
  filter?: string;
  subAttribute?: string;
  /** Whether it belongs to another schema than that of the resource. */
  isOfExtension: boolean;
}

const PATH_LENGTH_MAX = 256;
const PATH = /^([a-z$][\w$-]{0,63})(?:\[([^\]]{1,200})\])?(?:\.([a-z$][\w$-]{0,63}))?$/i;
/** Names that JavaScript objects inherit: the library writes wherever a path points. */
const INHERITED = /__proto__|prototype|constructor/i;

/** @throws DomainError `scim.invalid` with `invalidPath` */
export function scimPathOf(path: string, schema: string): ScimPath {
  if (path.length > PATH_LENGTH_MAX || INHERITED.test(unquoted(path))) throw invalidPath();
  const prefix = `${schema}:`;
  if (path.toLowerCase().startsWith(prefix.toLowerCase())) return plain(path.slice(prefix.length));
  if (!/^urn:/i.test(path)) return plain(path);
  return { attribute: path.slice(path.lastIndexOf(':') + 1), isOfExtension: true };
}

/** A string that a path or a filter compares with. */
export const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** A path or a filter without what it compares with. */
export function unquoted(text: string): string {
  return text.replaceAll(QUOTED, '""');
}

/** Refuses a filter that names what objects inherit. @throws DomainError `scim.invalid` with `scimType` */
export function demandPlainWords(filter: string, scimType: 'invalidFilter' | 'invalidPath'): void {
  if (INHERITED.test(unquoted(filter)))
    throw scimInvalid(scimType, 'The filter names no attribute that is known here.');
}

function plain(path: string): ScimPath {
  const [, attribute, filter, subAttribute] = PATH.exec(path) ?? [];
  if (attribute === undefined) throw invalidPath();
  return {
    attribute,
    ...(filter === undefined ? {} : { filter }),
    ...(subAttribute === undefined ? {} : { subAttribute }),
    isOfExtension: false,
  };
}

export function invalidPath() {
  return scimInvalid('invalidPath', 'The path of an operation names no attribute that is known here.');
}
