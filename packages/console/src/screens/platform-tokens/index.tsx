import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { clientOf } from '../../api/client';
import { listPlatformTokens } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { Button } from '../../ui/button';
import type { Column } from '../../ui/columns';
import { None, Page } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Empty, Notice } from '../../ui/states';
import { Table } from '../../ui/table';
import { Time } from '../../ui/time';
import { StatusBadge } from '../../ui/token-facts';
import { IssueDialog } from './issue-dialog';
import { TokenDialog } from './token-dialog';

const KEY = ['platform', 'platform-tokens'];

const COLUMNS: readonly Column<TokenInfoDto>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(11rem, 1.5fr)',
    cell: ({ name, token_prefix }) => <bdi className="font-medium">{name ?? token_prefix}</bdi>,
  },
  {
    id: 'held',
    label: 'Held by',
    width: 'minmax(11rem, 1.5fr)',
    cell: ({ issued_to }) => (issued_to === null ? <None>not recorded</None> : <bdi>{issued_to}</bdi>),
  },
  {
    id: 'preview',
    label: 'Preview',
    width: '12.5rem',
    cell: ({ token_prefix }) => <code className="font-mono text-xs">{token_prefix}</code>,
  },
  {
    id: 'scopes',
    label: 'May do',
    width: '8rem',
    cell: ({ scopes }) => (scopes.includes('rescind:platform:admin') ? 'everything' : 'verify tokens'),
  },
  { id: 'status', label: 'Status', width: '7rem', cell: (token) => <StatusBadge token={token} /> },
  {
    id: 'used',
    label: 'Last used',
    width: '8.5rem',
    cell: ({ last_used_at }) => (last_used_at === null ? <None>never</None> : <Time at={last_used_at} />),
  },
  {
    id: 'expires',
    label: 'Expires',
    width: '8.5rem',
    cell: ({ expires_at }) => (expires_at === null ? <None>never</None> : <Time at={expires_at} />),
  },
];

/** The tokens of the platform itself, most of which may do everything. */
export default function PlatformTokensScreen() {
  const cache = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => listPlatformTokens({ client: clientOf(null), signal }),
  });
  const [opened, setOpened] = useState<TokenInfoDto | null>(null);
  const [isIssuing, setIssuing] = useState(false);
  const [told, setTold] = useState<string | null>(null);
  const changed = () => void cache.invalidateQueries({ queryKey: KEY });
  return (
    <Page
      title="Platform tokens"
      isFilling
      lead="Those of people and provisioning programs may do everything in every business. Back ends need one that verifies. Give each its own."
      actions={
        <Button kind="primary" icon="plus" onPress={() => setIssuing(true)}>
          Issue a platform token
        </Button>
      }
    >
      {told !== null && <Notice tone="good">{told}</Notice>}
      <QueryView query={query} label="Reading platform tokens">
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="key" title="No platform tokens" />
          ) : (
            <Table
              label="Platform tokens"
              isFilling
              columns={COLUMNS}
              items={items}
              idOf={({ id }) => id}
              nameOf={({ name, token_prefix }) => name ?? token_prefix}
              onOpen={setOpened}
            />
          )
        }
      </QueryView>
      {opened !== null && (
        <TokenDialog
          token={opened}
          onClose={() => setOpened(null)}
          onRevoked={(sentence) => {
            setOpened(null);
            setTold(sentence);
            changed();
          }}
        />
      )}
      {isIssuing && (
        <IssueDialog
          onIssued={changed}
          onClose={() => {
            setIssuing(false);
            changed();
          }}
        />
      )}
    </Page>
  );
}
