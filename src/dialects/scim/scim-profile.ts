import type { Person } from '../../administration/members/directory-members.service.js';
import { canonicalJson } from '../../log-format/canonical-event.js';
import { isEmailAddress } from '../../common/email.decorator.js';
import { scimInvalid } from './scim-error-shape.js';
import { ScimUser } from './scim-schemas.js';
import { demandText, TEXT_LENGTH_MAX } from './scim-operations.js';
import { USER_SCHEMA } from './scim-urns.js';

/** What SCIM clients read back of a user and nothing else reads. */
export interface ScimAttributes {
  /** As it was sent: the e-mail address of the member is in small letters. */
  userName?: string;
  displayName?: string;
  name?: ScimUser['name'];
  emails?: ScimUser['emails'];
}

export interface ScimProfile {
  person: Person;
  externalId: string | null;
  attributes: ScimAttributes;
}

const EMAILS_MAX = 10;

/**
 * The member that a user means. The name of the user is the member's e-mail address.
 * @throws DomainError `scim.invalid` with `invalidValue`
 */
export function profileOf(user: ScimUser): ScimProfile {
  const { userName, externalId, displayName, name, emails = [] } = user;
  if (!isEmailAddress(userName))
    throw scimInvalid('invalidValue', 'userName should be an e-mail address: map it to that of the user.');
  demandText('userName', userName, 1);
  demandTextIfAny('externalId', externalId);
  demandTextIfAny('displayName', displayName);
  for (const [part, text] of Object.entries(name ?? {})) demandTextIfAny(`name.${part}`, text);
  if (emails.length > EMAILS_MAX)
    throw scimInvalid('invalidValue', `emails should have at most ${EMAILS_MAX} entries.`);
  for (const { value, type } of emails) {
    demandTextIfAny('emails.value', value);
    demandTextIfAny('emails.type', type);
  }
  const attributes: ScimAttributes = {
    userName,
    ...(displayName === undefined ? {} : { displayName }),
    ...(name === undefined ? {} : { name: plainly(name) }),
    ...(emails.length === 0 ? {} : { emails: emails.map(plainly) }),
  };
  const person = { email: userName.toLowerCase(), name: shownName(attributes) };
  return { person, externalId: externalId ?? null, attributes };
}

/** The user that these attributes make, for a PATCH to be applied to. */
export function userOf(attributes: ScimAttributes, externalId: string | null): ScimUser {
  return new ScimUser({
    schemas: [USER_SCHEMA],
    ...structuredClone(attributes),
    ...(externalId === null ? {} : { externalId }),
  });
}

/** The name by which a member is shown. */
export function shownName({ userName, displayName, name }: ScimAttributes): string {
  const parts = [name?.givenName, name?.familyName].filter((part) => part !== undefined && part !== '');
  const given = [displayName, name?.formatted, parts.join(' ')].find(
    (each) => each !== undefined && each.trim() !== '',
  );
  return [...(given ?? userName ?? '')].slice(0, TEXT_LENGTH_MAX).join('');
}

export function sameAttributes(one: ScimAttributes, other: ScimAttributes): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function demandTextIfAny(attribute: string, text: unknown): void {
  if (text !== undefined) demandText(attribute, text);
}

/** The library's objects have accessors; of these, what is set. */
function plainly<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, of]) => of !== undefined)) as Value;
}
