import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { getToken } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useApi, useMay } from '../../api/session';
import { readScript } from '../../api/read-script';
import { CopyButton } from '../../ui/copy-button';
import { Link } from '../../ui/link';
import { Page } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Notice } from '../../ui/states';
import { Time } from '../../ui/time';
import { StatusBadge } from '../../ui/token-facts';
import { TokenActions } from './actions';
import { TokenFacts } from './facts';
import { TokenHistory } from './history';

const route = getRouteApi('/signed-in/b/$businessId/tokens/$tokenId');

export default function TokenScreen() {
  const { businessId, tokenId } = route.useParams();
  const client = useApi();
  const may = useMay();
  const query = useQuery({
    queryKey: [businessId, 'token', tokenId],
    queryFn: ({ signal }) => getToken({ client, path: { token_id: tokenId }, signal }),
  });
  // With its library of charts, which the facts do not wait for.
  const use = useQuery({
    queryKey: ['script', 'use of a token'],
    queryFn: () => readScript(() => import('./use')),
    staleTime: Infinity,
    structuralSharing: false,
  });
  const name = query.data?.name ?? query.data?.token_prefix ?? 'Token';
  return (
    <Page
      title={name}
      above={
        <Link to="/b/$businessId/tokens" params={{ businessId }} isQuiet>
          Tokens
        </Link>
      }
      heading={query.data && <Heading token={query.data} name={name} />}
      actions={query.data && <TokenActions token={query.data} />}
    >
      <QueryView query={query} label="Reading the token">
        {(token) => (
          <div className="flex flex-col gap-5">
            <Revoked token={token} />
            <Replaced token={token} businessId={businessId} />
            <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.35fr)]">
              <TokenFacts token={token} businessId={businessId} />
              <QueryView query={use} label="Reading the use">
                {({ default: TokenUse }) => <TokenUse tokenId={tokenId} businessId={businessId} />}
              </QueryView>
            </div>
            {may('rescind:audit:read') && <TokenHistory tokenId={tokenId} businessId={businessId} />}
          </div>
        )}
      </QueryView>
    </Page>
  );
}

function Heading({ token, name }: { token: TokenInfoDto; name: string }) {
  return (
    <>
      <bdi className="wrap-anywhere">{name}</bdi>
      <StatusBadge token={token} />
      <span className="flex items-center gap-1 text-sm font-normal text-muted">
        <code className="font-mono">{token.token_prefix}</code>
        <CopyButton isIcon text={token.token_prefix} label="Copy the preview" />
      </span>
    </>
  );
}

function Revoked({ token: { revoked_at, revoked_by, revocation_reason } }: { token: TokenInfoDto }) {
  if (revoked_at === null) return null;
  return (
    <Notice tone="danger" title="Revoked: it never comes back">
      <Time at={revoked_at} />
      {revoked_by !== null && (
        <>
          {' by '}
          <bdi>{revoked_by}</bdi>
        </>
      )}
      {revocation_reason !== null && (
        <>
          {': '}
          <bdi>{revocation_reason}</bdi>
        </>
      )}
    </Notice>
  );
}

function Replaced({
  token: { replaced_by, grace_ends_at },
  businessId,
}: {
  token: TokenInfoDto;
  businessId: string;
}) {
  if (replaced_by === null) return null;
  return (
    <Notice tone="info">
      It was rotated:{' '}
      <Link to="/b/$businessId/tokens/$tokenId" params={{ businessId, tokenId: replaced_by }}>
        its successor
      </Link>
      {grace_ends_at !== null && (
        <>
          . This secret is valid until then: <Time at={grace_ends_at} />
        </>
      )}
    </Notice>
  );
}
