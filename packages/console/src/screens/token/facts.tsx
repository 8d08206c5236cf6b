import type { TokenInfoDto } from '../../api/generated/types.gen';
import { Addresses } from '../../ui/addresses';
import { Scope } from '../../ui/badge';
import { CopyButton } from '../../ui/copy-button';
import { Link } from '../../ui/link';
import { Facts, None, Section, type Fact } from '../../ui/page';
import { Time } from '../../ui/time';

/** What it is, whose, and what it may do. */
export function TokenFacts({ token, businessId }: { token: TokenInfoDto; businessId: string }) {
  const { owner, scopes, description, external_id, metadata, issued_by_token } = token;
  const facts: Fact[] = [
    {
      name: 'Owner',
      value: (
        <>
          <bdi>{owner.name}</bdi>
          {owner.email !== null && <span className="block text-muted">{owner.email}</span>}
          {owner.kind === 'identity' && <span className="block text-muted">machine identity</span>}
        </>
      ),
    },
    {
      name: 'Scopes',
      value:
        scopes.length === 0 ? (
          <None />
        ) : (
          <ul className="flex flex-wrap gap-1">
            {scopes.map((scope) => (
              <li key={scope} className="min-w-0">
                <Scope>{scope}</Scope>
              </li>
            ))}
          </ul>
        ),
    },
    { name: 'Allowed addresses', value: <Addresses of={token.trusted_ips} /> },
    { name: 'Issued', value: <Time at={token.created_at} /> },
    { name: 'Expires', value: <MomentOr at={token.expires_at}>never</MomentOr> },
    { name: 'Last used', value: <MomentOr at={token.last_used_at}>never</MomentOr> },
    { name: 'Description', value: description === null ? <None /> : <bdi>{description}</bdi> },
    { name: 'External id', value: external_id === null ? <None /> : <bdi>{external_id}</bdi> },
    {
      name: 'Metadata',
      value:
        metadata === null ? (
          <None />
        ) : (
          <pre
            className="overflow-auto rounded border border-line bg-sunken p-2 font-mono text-xs"
            tabIndex={0}
          >
            {JSON.stringify(metadata, null, 2)}
          </pre>
        ),
    },
    {
      name: 'Issued by',
      value:
        issued_by_token === null ? (
          <None>not with a token</None>
        ) : (
          <Link to="/b/$businessId/tokens/$tokenId" params={{ businessId, tokenId: issued_by_token }}>
            another token
          </Link>
        ),
    },
    { name: 'Id', value: <Copyable text={token.id} /> },
    { name: 'Public id', value: <Copyable text={token.jti} /> },
  ];
  return (
    <Section title="Facts">
      <Facts facts={facts} />
    </Section>
  );
}

function MomentOr({ at, children }: { at: string | null; children: string }) {
  return at === null ? <None>{children}</None> : <Time at={at} />;
}

function Copyable({ text }: { text: string }) {
  return (
    <span className="-my-0.5 flex items-center gap-1">
      <code className="min-w-0 truncate font-mono text-xs" title={text}>
        {text}
      </code>
      <CopyButton isIcon text={text} />
    </span>
  );
}
