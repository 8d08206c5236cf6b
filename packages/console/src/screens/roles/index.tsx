import { ALLOWED, IDENTITY_ROLES, MANAGEMENT_SCOPES, ROLE_WORDS, type Role } from '../../api/roles';
import { useBusinessId, useMay, useSession } from '../../api/session';
import { Icon } from '../../ui/icon';
import { Link } from '../../ui/link';
import { Page, Section } from '../../ui/page';
import { RoleBadge } from '../../ui/role-badge';
import { DeveloperScopes } from './developer-scopes';

/** What roles allow beyond scopes: by whom it may be done, in words. */
const REACH: readonly { says: string; roles: readonly Role[] }[] = [
  { says: 'See the tokens of everybody', roles: ['owner', 'admin', 'auditor'] },
  { says: 'Revoke the tokens of everybody but owners', roles: ['owner', 'admin'] },
  { says: 'Change owners and what belongs to them, revoke every token at once', roles: ['owner'] },
];

/** What each role may do: the most that a token or session of somebody with that role can do. */
export default function RolesScreen() {
  const businessId = useBusinessId() ?? '';
  const { role: own } = useSession();
  const may = useMay();
  return (
    <Page
      title="Roles"
      above={
        <Link to="/b/$businessId/members" params={{ businessId }}>
          Members
        </Link>
      }
      lead="A role limits every token and session of a member or machine identity, whatever their scopes say. A smaller role takes effect at once, on every verifier."
    >
      <Section title="What each may do" isFlush>
        <div
          className="overflow-x-auto"
          tabIndex={0}
          role="region"
          aria-label="What each role may do, as a table"
        >
          <table className="w-full text-sm">
            <thead>
              <tr className="border-b border-line text-xs">
                <th scope="col" className="px-4 py-2 text-left font-medium text-muted">
                  In Rescind
                </th>
                {IDENTITY_ROLES.map((role) => (
                  <th key={role} scope="col" className="w-28 px-2 py-2 font-medium">
                    <RoleBadge role={role} />
                    {role === own && <span className="block pt-0.5 font-normal text-muted">you</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {MANAGEMENT_SCOPES.map(({ scope, says }) => (
                <Line
                  key={scope}
                  says={says}
                  code={scope}
                  roles={IDENTITY_ROLES.filter((role) => ALLOWED[role].includes(scope))}
                />
              ))}
              {REACH.map(({ says, roles }) => (
                <Line key={says} says={says} roles={roles} />
              ))}
              <Line says="Whatever your product calls a scope" roles={IDENTITY_ROLES} />
            </tbody>
          </table>
        </div>
      </Section>
      {may('rescind:tokens:write') && <DeveloperScopes />}
      <Section title="Which one to choose">
        <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-2.5 text-sm">
          {IDENTITY_ROLES.map((role) => (
            <div key={role} className="contents">
              <dt>
                <RoleBadge role={role} />
              </dt>
              <dd>
                {ROLE_WORDS[role]}.{role === 'no-access' && ' For machine identities only.'}
              </dd>
            </div>
          ))}
        </dl>
      </Section>
    </Page>
  );
}

function Line({ says, code, roles }: { says: string; code?: string; roles: readonly Role[] }) {
  return (
    <tr className="border-t border-line first:border-t-0">
      <th scope="row" className="px-4 py-1.5 text-left font-normal">
        {says} {code !== undefined && <span className="ml-1 font-mono text-xs text-muted">{code}</span>}
      </th>
      {IDENTITY_ROLES.map((role) => (
        <td key={role} className="px-2 py-1.5 text-center">
          {roles.includes(role) ? (
            <span className="inline-grid text-good">
              <Icon name="check" />
              <span className="sr-only">yes</span>
            </span>
          ) : (
            <span className="text-muted">
              <span aria-hidden="true">–</span>
              <span className="sr-only">no</span>
            </span>
          )}
        </td>
      ))}
    </tr>
  );
}
