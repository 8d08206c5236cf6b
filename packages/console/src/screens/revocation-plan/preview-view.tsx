import type { RevocationPreviewDto, TokenInfoDto } from '../../api/generated/types.gen';
import { useBusinessId } from '../../api/session';
import { tokensInWords } from '../../api/use-token-count';
import { Scope } from '../../ui/badge';
import { CountBars } from '../../ui/count-bars';
import { Figures } from '../../ui/figures';
import { Link } from '../../ui/link';
import { None } from '../../ui/page';
import { Notice } from '../../ui/states';
import { Time } from '../../ui/time';

const LAST_USES = [
  ['hour', 'in the last hour'],
  ['day', 'in the last day'],
  ['week', 'in the last week'],
  ['earlier', 'earlier'],
  ['never', 'never'],
] as const;

/** What would be revoked, counted in every way that helps to see whether it is what was meant. */
export function PreviewView({ preview }: { preview: RevocationPreviewDto }) {
  const { tokens, owners, active_verdicts_last_day: verdicts, by_last_use: lastUse } = preview;
  return (
    <div className="flex flex-col gap-5">
      <Figures
        figures={[
          {
            name: tokens === 1 ? 'token would be revoked' : 'tokens would be revoked',
            value: tokens.toLocaleString(),
            isDanger: tokens > 0,
          },
          { name: owners === 1 ? 'owner' : 'owners', value: owners.toLocaleString() },
          {
            name: 'requests in 24 hours that would have been refused',
            value: verdicts === null ? <None>not known</None> : verdicts.toLocaleString(),
            isDanger: verdicts !== null && verdicts > 0,
          },
        ]}
      />
      <Warnings preview={preview} />
      {tokens > 0 && (
        <div className="grid grid-cols-1 gap-x-8 gap-y-5 md:grid-cols-2">
          <Part title="By last use">
            <CountBars
              label="By last use"
              counts={LAST_USES.map(([id, label]) => ({ id, label, count: lastUse[id] }))}
            />
          </Part>
          <Part title={preview.by_business.length > 1 ? 'By owner, of all businesses' : 'By owner'}>
            <CountBars
              label="By owner"
              counts={preview.by_owner.map(({ id, kind, name, tokens: count }) => ({
                id: id ?? kind,
                label: name,
                count,
              }))}
            />
          </Part>
          <Part title="By scope">
            {preview.by_scope.length === 0 ? (
              <None>no scopes</None>
            ) : (
              <CountBars
                label="By scope"
                counts={preview.by_scope.map(({ scope, tokens: count }) => ({
                  id: scope,
                  label: <span className="font-mono text-xs">{scope}</span>,
                  count,
                }))}
              />
            )}
          </Part>
          <Part title="Some of them">
            <Sample tokens={preview.sample} />
          </Part>
        </div>
      )}
    </div>
  );
}

function Warnings({ preview }: { preview: RevocationPreviewDto }) {
  const { untouchable, ends_caller: endsCaller, needs_approval: needsApproval } = preview;
  return (
    <>
      {endsCaller && (
        <Notice tone="warn" title="You are among them">
          The session that you are signed in with would end as well.
        </Notice>
      )}
      {untouchable !== null && (
        <Notice tone="warn" title={`${tokensInWords(untouchable.tokens)} more would be left alone`}>
          They belong to owners, whose role is higher than yours:{' '}
          {untouchable.by_owner.map(({ id, name, tokens }, index) => (
            <span key={id ?? name}>
              {index > 0 && ', '}
              <bdi>{name}</bdi> ({tokens})
            </span>
          ))}
          . An owner can revoke them.
        </Notice>
      )}
      {needsApproval && (
        <Notice title="A second person has to approve it">
          Nothing is revoked until another administrator has.
          {preview.revoked_alone_last_day !== null && preview.revoked_alone_last_day > 0 && (
            <> You have revoked {tokensInWords(preview.revoked_alone_last_day)} alone within 24 hours.</>
          )}
        </Notice>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-2">
      <h3 className="text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Sample({ tokens }: { tokens: readonly TokenInfoDto[] }) {
  const businessId = useBusinessId();
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {tokens.map((token) => (
        <li key={token.id} className="flex min-w-0 items-center gap-2">
          <span className="min-w-0 truncate">
            {businessId === null ? (
              <bdi>{token.name ?? token.token_prefix}</bdi>
            ) : (
              <Link to="/b/$businessId/tokens/$tokenId" params={{ businessId, tokenId: token.id }}>
                <bdi>{token.name ?? token.token_prefix}</bdi>
              </Link>
            )}
          </span>
          {token.scopes.slice(0, 1).map((scope) => (
            <Scope key={scope}>{scope}</Scope>
          ))}
          <span className="ml-auto shrink-0 text-xs text-muted">
            {token.last_used_at === null ? 'never used' : <Time at={token.last_used_at} />}
          </span>
        </li>
      ))}
    </ul>
  );
}
