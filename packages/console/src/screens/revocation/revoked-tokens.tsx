import { useNavigate } from '@tanstack/react-router';
import { ApiError } from '../../api/errors';
import type { RevocationWithReceiptDto, TokenInfoDto } from '../../api/generated/types.gen';
import { revocationsOf } from '../../api/revocations';
import { useApi, useBusinessId } from '../../api/session';
import { usePages } from '../../api/use-pages';
import type { Column } from '../../ui/columns';
import { None, Section } from '../../ui/page';
import { PagedTable } from '../../ui/paged-table';
import { Notice } from '../../ui/states';
import { ExactTime, Time } from '../../ui/time';

const COLUMNS: readonly Column<TokenInfoDto>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(12rem, 2fr)',
    cell: ({ name }) => (name === null ? <None>no name</None> : <bdi>{name}</bdi>),
  },
  {
    id: 'owner',
    label: 'Owner',
    width: 'minmax(12rem, 2fr)',
    cell: ({ owner }) => <bdi>{owner.email ?? owner.name}</bdi>,
  },
  {
    id: 'preview',
    label: 'Preview',
    width: '13rem',
    cell: ({ token_prefix: preview }) => <span className="font-mono text-xs">{preview}</span>,
  },
  {
    id: 'last',
    label: 'Last used',
    width: '9rem',
    cell: ({ last_used_at: at }) => (at === null ? <None>never</None> : <Time at={at} />),
  },
  {
    id: 'revoked',
    label: 'Revoked',
    width: '9rem',
    cell: ({ revoked_at: at }) => (at === null ? <None>not yet</None> : <Time at={at} />),
  },
];

/** The tokens that a revocation has revoked, as long as they are listed. */
export function RevokedTokens({ revocation }: { revocation: RevocationWithReceiptDto }) {
  const client = useApi();
  const businessId = useBusinessId();
  const navigate = useNavigate();
  const list = usePages<TokenInfoDto>(
    [businessId ?? 'platform', 'revocations', 'tokens', revocation.id, revocation.state],
    (request) => revocationsOf(client, businessId).tokens(revocation.id, request),
  );
  const isDropped = list.error instanceof ApiError && list.error.code === 'revocation.tokens_dropped';
  const until = revocation.tokens_listed_until;
  return (
    <Section
      title="Its tokens"
      actions={
        until !== null && (
          <span className="text-xs text-muted">
            listed until <ExactTime at={until} />
          </span>
        )
      }
    >
      {isDropped ? (
        <Notice>{(list.error as ApiError).message}</Notice>
      ) : (
        <PagedTable
          label="Tokens that were revoked"
          list={list}
          columns={COLUMNS}
          idOf={({ id }) => id}
          nameOf={({ name, token_prefix: preview }) => name ?? preview}
          total={revocation.tokens_revoked}
          onOpen={({ id, business_id: ofBusiness }) => {
            if (ofBusiness !== null) void navigate({ to: `/b/${ofBusiness}/tokens/${id}` });
          }}
          empty={<p className="text-sm text-muted">None is marked yet.</p>}
        />
      )}
    </Section>
  );
}
