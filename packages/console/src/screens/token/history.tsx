import { useQuery } from '@tanstack/react-query';
import { listAuditEvents } from '../../api/generated/sdk.gen';
import type { AuditEventDto } from '../../api/generated/types.gen';
import { useApi } from '../../api/session';
import { Badge } from '../../ui/badge';
import type { Column } from '../../ui/columns';
import { Link } from '../../ui/link';
import { None, Section } from '../../ui/page';
import { QueryView } from '../../ui/query-view';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { Time } from '../../ui/time';

const EVENTS_MAX = 50;

const COLUMNS: readonly Column<AuditEventDto>[] = [
  { id: 'time', label: 'When', width: '9rem', cell: ({ occurred_at }) => <Time at={occurred_at} /> },
  {
    id: 'action',
    label: 'What',
    width: 'minmax(11rem, 1fr)',
    cell: ({ action, outcome }) => (
      <span className="flex items-center gap-2">
        <code className="font-mono text-xs">{action}</code>
        {outcome !== 'success' && <Badge tone={outcome === 'denied' ? 'warn' : 'danger'}>{outcome}</Badge>}
      </span>
    ),
  },
  {
    id: 'actor',
    label: 'Who',
    width: 'minmax(10rem, 1fr)',
    cell: ({ actor }) => <bdi>{actor.email ?? actor.kind}</bdi>,
  },
  {
    id: 'reason',
    label: 'Reason',
    width: 'minmax(10rem, 1.5fr)',
    cell: ({ reason }) => (reason === null ? <None>–</None> : <bdi title={reason}>{reason}</bdi>),
  },
  {
    id: 'ip',
    label: 'From',
    width: '9rem',
    cell: ({ ip }) => (ip === null ? <None>–</None> : <code className="font-mono text-xs">{ip}</code>),
  },
  { id: 'sequence', label: 'No.', width: '5rem', isNumeric: true, cell: ({ sequence }) => sequence },
];

/** What the audit log says of it: what was done to it, and what was done with it. */
export function TokenHistory({ tokenId, businessId }: { tokenId: string; businessId: string }) {
  const client = useApi();
  const query = useQuery({
    queryKey: [businessId, 'token', tokenId, 'history'],
    queryFn: ({ signal }) =>
      listAuditEvents({ client, query: { token_id: tokenId, limit: EVENTS_MAX }, signal }),
  });
  return (
    <Section
      isFlush
      title="History"
      actions={
        <Link
          to="/b/$businessId/audit"
          params={{ businessId }}
          search={{ token_id: tokenId } as never}
          className="text-sm"
        >
          In the audit log
        </Link>
      }
    >
      <QueryView query={query} label="Reading the history">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="The log has no event of it">
              Events that are older than the retention of the log are gone.
            </Empty>
          ) : (
            <Table
              label="History"
              isBare
              columns={COLUMNS}
              items={items}
              idOf={({ id }) => id}
              nameOf={({ action, sequence }) => `${action}, number ${sequence}`}
            />
          )
        }
      </QueryView>
    </Section>
  );
}
