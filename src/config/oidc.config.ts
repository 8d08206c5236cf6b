import { registerAs } from '@nestjs/config';
import { ConfigError, type Given, isObject, objects, resolved, text } from './environment.js';
import { isLoopback } from './listen-address.js';

const VARIABLE = 'RESCIND_OIDC_PROVIDERS';
const PROVIDERS_MAX = 16;
const ROLES_MAX = 1000;
const TEXT_MAX = 255;

const MAPPED_ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;

/** Members of a group have a role in a business. */
export interface GroupRole {
  group: string;
  businessId: string;
  role: (typeof MAPPED_ROLES)[number];
}

/** An OpenID provider at which people sign in. */
export interface OidcProviderSettings {
  /** Stands in the addresses that the provider knows: once registered, it stays. */
  id: string;
  /** For the people who choose. */
  name: string;
  /** Exactly as the provider calls itself. */
  issuer: string;
  clientId: string;
  /** null: a public client, which PKCE alone protects. */
  clientSecret: string | null;
  scopes: string[];
  /** The claim with the names of a person's groups. */
  claim: string;
  roles: GroupRole[];
  createMembers: boolean;
  /** Whether who signs out here is sent to sign out there (OpenID Connect RP-Initiated Logout 1.0). */
  postLogout: boolean;
}

type Refuse = (member: string, problem: string) => never;

const MEMBERS = [
  'id',
  'name',
  'issuer',
  'client_id',
  'client_secret',
  'scopes',
  'claim',
  'roles',
  'create_members',
  'post_logout',
];

/** @throws ConfigError that names the provider and the member, never a value (R8) */
function providers(): OidcProviderSettings[] {
  const read = objects(VARIABLE, 'providers', PROVIDERS_MAX).map((each, index) =>
    providerOf(each, index + 1),
  );
  for (const member of ['id', 'issuer'] as const)
    if (new Set(read.map((each) => each[member])).size < read.length)
      throw new ConfigError(VARIABLE, `has two providers with the same ${member}.`);
  if (read.length > 0) demandAddress();
  return read;
}

/** Browsers keep `__Host-` cookies of encrypted addresses and of this machine alone. */
function demandAddress(): void {
  const address = text('RESCIND_PUBLIC_URL');
  if (address === undefined)
    throw new ConfigError(
      VARIABLE,
      'needs RESCIND_PUBLIC_URL beside it: providers send people back to that address.',
    );
  const { protocol, hostname } = URL.canParse(address) ? new URL(address) : { protocol: '', hostname: '' };
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new ConfigError(
      VARIABLE,
      'needs a RESCIND_PUBLIC_URL that begins with https://: nobody can sign in over http://.',
    );
}

function providerOf(given: Given, number: number): OidcProviderSettings {
  const refuse: Refuse = (member, problem) => {
    throw new ConfigError(VARIABLE, `: the ${member} of provider ${number} ${problem}`);
  };
  const other = Object.keys(given).find((member) => !MEMBERS.includes(member));
  if (other !== undefined) refuse(JSON.stringify(other.slice(0, 40)), 'is not known.');
  const {
    id,
    name = id,
    claim = 'groups',
    create_members: create = false,
    post_logout: logout = false,
  } = given;
  if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(id))
    return refuse('id', 'must be of a-z, 0-9 and -, at most 32 of them.');
  if (!isShortText(name)) return refuse('name', `must be a text of 1 to ${TEXT_MAX} characters.`);
  if (!isShortText(claim)) return refuse('claim', 'must be the name of a claim, such as groups.');
  if (typeof create !== 'boolean') return refuse('create_members', 'must be true or false.');
  if (typeof logout !== 'boolean') return refuse('post_logout', 'must be true or false.');
  if (!isShortText(given.client_id))
    return refuse('client_id', 'must be what the provider calls this client.');
  const roles = rolesOf(given, refuse);
  if (create && roles.length === 0)
    return refuse('create_members', 'needs roles: without them nobody can be made a member.');
  return {
    id,
    name,
    issuer: issuerOf(given, refuse),
    clientId: given.client_id,
    clientSecret: clientSecretOf(given, refuse),
    scopes: scopesOf(given, refuse),
    claim,
    roles,
    createMembers: create,
    postLogout: logout,
  };
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_MAX;
}

/** OpenID Connect Discovery 1.0 §2: no query, no fragment. Unencrypted on this machine alone. */
function issuerOf({ issuer }: Given, refuse: Refuse): string {
  if (!isShortText(issuer) || !URL.canParse(issuer)) return refuse('issuer', 'must be an https:// address.');
  const url = new URL(issuer);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return refuse('issuer', 'must be an https:// address; http:// leads to this machine alone.');
  if (url.username !== '' || url.password !== '' || /[?#]/.test(issuer))
    return refuse('issuer', 'must hold no credentials, query or fragment.');
  return issuer;
}

function clientSecretOf({ client_secret: given }: Given, refuse: Refuse): string | null {
  if (given === undefined || given === null) return null;
  if (typeof given !== 'string' || given === '')
    return refuse('client_secret', 'must be a text, or @file with it; leave it out for a public client.');
  return resolved(VARIABLE, given);
}

/** RFC 6749 §3.3. */
function scopesOf({ scopes = ['openid', 'profile', 'email'] }: Given, refuse: Refuse): string[] {
  const isScope = (value: unknown): value is string =>
    typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(value);
  if (!Array.isArray(scopes) || scopes.length > 50 || !scopes.every(isScope) || !scopes.includes('openid'))
    return refuse('scopes', 'must be an array of scopes with openid among them.');
  return scopes;
}

function rolesOf({ roles = [] }: Given, refuse: Refuse): GroupRole[] {
  const wanted = 'must be an array of objects with group, business_id (a UUID) and role, and nothing else.';
  if (!Array.isArray(roles) || roles.length > ROLES_MAX || !roles.every(isObject))
    return refuse('roles', wanted);
  return roles.map((each) => {
    const { group, business_id: businessId, role, ...others } = each;
    if (!isShortText(group) || typeof businessId !== 'string' || Object.keys(others).length > 0)
      return refuse('roles', wanted);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(businessId)) return refuse('roles', wanted);
    const known = MAPPED_ROLES.find((one) => one === role);
    if (known === undefined) return refuse('roles', `must give a role of ${MAPPED_ROLES.join(', ')}.`);
    return { group, businessId: businessId.toLowerCase(), role: known };
  });
}

export const oidcConfig = registerAs('oidc', () => ({ providers: providers() }));
