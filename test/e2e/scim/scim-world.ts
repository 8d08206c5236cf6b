import { GROUP_SCHEMA, PATCH_OP, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import { sql } from '../../support/databases.js';
import { demandDocumented } from '../../support/documented-answer.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, anIdentity, aToken, type Role, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

export interface ScimAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document of the application checks the shape
  body: any;
}

/** A directory of one business, as Okta and Entra ID are: it sends application/scim+json and names no business. */
export class Directory {
  constructor(
    readonly business: TestBusiness,
    readonly url: string,
    readonly secret: string,
  ) {}

  async ask(method: string, path: string, body?: unknown): Promise<ScimAnswer> {
    const headers: [string, string][] = [['authorization', `Bearer ${this.secret}`]];
    if (body !== undefined) headers.push(['content-type', 'application/scim+json; charset=utf-8']);
    const address = `/scim/v2${path}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await exchange(this.url, { method, path: address, headers, body: text });
    const parsed: unknown = answer.text === '' ? '' : JSON.parse(answer.text);
    const { status } = answer;
    await demandDocumented(this.url, method, address.split('?')[0] ?? '', { status, body: parsed });
    return { status, headers: answer.headers, body: parsed };
  }

  find(type: 'Users' | 'Groups', filter: string, more = ''): Promise<ScimAnswer> {
    return this.ask('GET', `/${type}?filter=${encodeURIComponent(filter)}${more}`);
  }

  patch(path: string, ...operations: object[]): Promise<ScimAnswer> {
    return this.ask('PATCH', path, { schemas: [PATCH_OP], Operations: operations });
  }

  createUser(userName: string, more: object = {}): Promise<ScimAnswer> {
    return this.ask('POST', '/Users', { schemas: [USER_SCHEMA], userName, ...more });
  }

  /** @returns the id of a new user */
  async aUser(userName: string, more: object = {}): Promise<string> {
    const { status, body } = await this.createUser(userName, more);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id as string;
  }

  /** @returns the id of a new group */
  async aGroup(displayName: string, ...memberIds: string[]): Promise<string> {
    const members = memberIds.map((value) => ({ value }));
    const { status, body } = await this.ask('POST', '/Groups', {
      schemas: [GROUP_SCHEMA],
      displayName,
      members,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id as string;
  }

  /** What an administrator sees of a user. */
  async member(id: string) {
    const { status, body } = await this.business.api.get(`/api/v1/members/${id}`);
    return status === 200 ? body : null;
  }

  async map(groups: Record<string, Role>, defaultRole = 'no-access'): Promise<void> {
    const { status, body } = await this.business.api.put('/api/v1/role-mapping', {
      groups: Object.entries(groups).map(([group, role]) => ({ group, role })),
      default_role: defaultRole,
    });
    if (status !== 200) throw new Error(JSON.stringify(body));
  }

  /** The events of an action in the log of the business, the newest first. */
  async events(action: string) {
    return sql<{ target_id: string | null; outcome: string; details: Record<string, unknown> }>(
      (await sharedApp()).superuserUrl,
      'SELECT target_id, outcome, details FROM audit_events WHERE business_id = $1 AND action = $2 ORDER BY sequence DESC',
      [this.business.id, action],
    );
  }
}

/** @param role of the machine identity whose token the directory has */
export async function aDirectory(
  role: Role = 'owner',
  business?: TestBusiness,
  scope = 'rescind:directory:write',
): Promise<Directory> {
  const { url } = await sharedApp();
  const of = business ?? (await aBusiness());
  const { id: identityId } = await anIdentity(of, role);
  const { secret } = await aToken(of, { identityId, scopes: [scope] });
  return new Directory(of, url, secret);
}
