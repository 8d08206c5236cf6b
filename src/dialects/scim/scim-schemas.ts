import SCIMMY from 'scimmy';
import { GROUP_SCHEMA, USER_SCHEMA } from './scim-urns.js';

const { Attribute, Schema, SchemaDefinition } = SCIMMY.Types;

/**
 * The attributes of a user that are stored. All others of RFC 7643 are accepted and not stored: they are not needed
 * here.
 */
const USER = new SchemaDefinition('User', USER_SCHEMA, 'A member of the business', [
  new Attribute('string', 'userName', {
    required: true,
    uniqueness: 'server',
    description: 'The e-mail address of the member.',
  }),
  new Attribute('complex', 'name', { description: 'The name of the member, in parts.' }, [
    new Attribute('string', 'formatted', { description: 'The full name.' }),
    new Attribute('string', 'familyName', { description: 'The family name.' }),
    new Attribute('string', 'givenName', { description: 'The given name.' }),
  ]),
  new Attribute('string', 'displayName', { description: 'The name by which the member is shown.' }),
  new Attribute('boolean', 'active', {
    description:
      'Whether the person is a member. Setting it to false revokes all their tokens and sessions before the answer.',
  }),
  new Attribute(
    'complex',
    'emails',
    { multiValued: true, description: 'Kept and given back; userName is the address that counts.' },
    [
      new Attribute('string', 'value', { description: 'The address.' }),
      new Attribute('string', 'type', { description: 'Such as work or home.' }),
      new Attribute('boolean', 'primary', { description: 'Whether it is the preferred one.' }),
    ],
  ),
  new Attribute(
    'complex',
    'groups',
    {
      direction: 'out',
      mutable: false,
      multiValued: true,
      description: 'The groups of the user; changed at the groups.',
    },
    [
      new Attribute('string', 'value', {
        direction: 'out',
        mutable: false,
        description: 'The id of a group.',
      }),
      new Attribute('string', 'display', { direction: 'out', mutable: false, description: 'Its name.' }),
    ],
  ),
]);

const GROUP = new SchemaDefinition('Group', GROUP_SCHEMA, 'A group, which may give its members a role', [
  new Attribute('string', 'displayName', {
    required: true,
    uniqueness: 'server',
    description: 'The name of the group, by which a role is mapped to it.',
  }),
  new Attribute('complex', 'members', { multiValued: true, description: 'The users of the group.' }, [
    new Attribute('string', 'value', { mutable: 'immutable', description: 'The id of a user.' }),
    new Attribute('string', 'display', { mutable: 'immutable', description: 'The name of the user.' }),
  ]),
]);

/** A user as the library validates and patches one. */
export class ScimUser extends Schema {
  static override get id(): string {
    return USER.id;
  }
  static override get definition() {
    return USER;
  }

  declare externalId?: string;
  declare userName: string;
  declare displayName?: string;
  declare name?: { formatted?: string; givenName?: string; familyName?: string };
  declare emails?: { value?: string; type?: string; primary?: boolean }[];

  /** @throws SCIMError, TypeError for values that do not fit the schema */
  constructor(resource: object) {
    super(resource, 'in');
    Object.assign(this, USER.coerce(resource, 'in'));
  }
}

/** What GET /Schemas tells (RFC 7643 §7). */
export function schemaDescriptions(base: string): Record<string, unknown>[] {
  return [USER, GROUP].map((definition) => ({ ...definition.describe(`${base}/Schemas`) }));
}
