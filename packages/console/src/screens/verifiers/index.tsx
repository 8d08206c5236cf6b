import { useQuery } from '@tanstack/react-query';
import { clientOf } from '../../api/client';
import { listClientVerifiers } from '../../api/generated/sdk.gen';
import type { ClientVerifierDto } from '../../api/generated/types.gen';
import { useLiveInterval } from '../../api/live';
import type { Column } from '../../ui/columns';
import { LiveView } from '../../ui/live-view';
import { Page, Section } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { Time } from '../../ui/time';
import type { OverviewDto } from '../../api/generated/types.gen';
import { readOverview } from '../overview/overview';

const AGAIN_MS = 2000;

const COLUMNS: readonly Column<ClientVerifierDto>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 'minmax(10rem, 1.5fr)',
    cell: ({ name, user_agent }) => (
      <bdi className="font-medium" title={user_agent ?? undefined}>
        {name}
      </bdi>
    ),
  },
  {
    id: 'lease',
    label: 'Lease left',
    width: '8rem',
    isNumeric: true,
    cell: ({ lease_remaining_ms: ms }) => (
      <span className={ms === 0 ? 'text-warn' : ''}>{ms === 0 ? 'none: refuses' : `${ms} ms`}</span>
    ),
  },
  {
    id: 'business',
    label: 'Sees',
    width: '9rem',
    cell: ({ business_id: id }) =>
      id === null ? (
        'all businesses'
      ) : (
        <code title={id} className="font-mono text-xs">
          …{id.slice(-8)}
        </code>
      ),
  },
  {
    id: 'facts',
    label: 'Facts sent',
    width: '7.5rem',
    isNumeric: true,
    cell: ({ facts_sent }) => facts_sent.toLocaleString('en'),
  },
  {
    id: 'behind',
    label: 'Unconfirmed',
    width: '7.5rem',
    isNumeric: true,
    cell: ({ last_sent, last_acknowledged }) => (
      <span className={last_sent > last_acknowledged ? 'text-warn' : ''}>
        {(last_sent - last_acknowledged).toLocaleString('en')}
      </span>
    ),
  },
  {
    id: 'address',
    label: 'Address',
    width: '9rem',
    cell: ({ address }) => <code className="font-mono text-xs">{address}</code>,
  },
  { id: 'since', label: 'Connected', width: '9rem', cell: ({ connected_at }) => <Time at={connected_at} /> },
];

/** Who verifies in their own process, under which verifier of the service, and how long each may trust its memory. */
export default function VerifiersScreen() {
  const refetchInterval = useLiveInterval(AGAIN_MS);
  const query = useQuery({
    queryKey: ['platform', 'verifiers'],
    queryFn: ({ signal }) => listClientVerifiers({ client: clientOf(null), signal }),
    refetchInterval,
    staleTime: 0,
  });
  const overview = useQuery({
    queryKey: ['platform', 'overview'],
    queryFn: ({ signal }) => readOverview(clientOf(null), null, signal),
    refetchInterval,
    staleTime: 0,
  });
  return (
    <Page
      title="Verifiers"
      lead="A revocation answers when every verifier refuses the token. Those below verify in programs of yours, each connected to a verifier of this server."
    >
      <LiveView query={query} label="Reading verifiers" everyMs={AGAIN_MS}>
        {({ items, processes, processes_listed, registered }) => (
          <>
            <dl className="flex flex-wrap gap-x-10 gap-y-3">
              <Figure
                label="verifiers have renewed their lease in time"
                value={leasesOf(overview.error === null ? overview.data : undefined)}
              />
              <Figure label="client verifiers, on all servers" value={registered ?? 'not known'} />
              <Figure label="of them on this server" value={items.length} />
              <Figure
                label="processes of this server that answered"
                value={`${processes_listed} of ${processes}`}
              />
            </dl>
            {items.length === 0 ? (
              <Empty icon="verifier" title="No program verifies by itself">
                Programs can verify in their own process with the package @rescind/verifier; others ask the
                service.
              </Empty>
            ) : (
              byVerifier(items).map(([id, clients]) => (
                <Section
                  key={id}
                  isFlush
                  title={id === '' ? 'Not registered at the moment' : `Verifier ${id.slice(-8)}`}
                  actions={
                    <span className="text-sm text-muted">
                      {clients.length} client {clients.length === 1 ? 'verifier' : 'verifiers'}
                    </span>
                  }
                >
                  <Table
                    label={`Client verifiers of ${id === '' ? 'no registered verifier' : id}`}
                    columns={COLUMNS}
                    items={clients}
                    idOf={(each) => each.id}
                    nameOf={({ name }) => name}
                  />
                </Section>
              ))
            )}
          </>
        )}
      </LiveView>
    </Page>
  );
}

function leasesOf(overview: OverviewDto | undefined): string {
  if (overview === undefined) return 'not known';
  return `${overview.verifiers.renewed} of ${overview.verifiers.registered}`;
}

function Figure({ label, value }: { label: string; value: string | number }) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="text-xl font-semibold tabular-nums">{value}</dd>
    </div>
  );
}

/** Under the verifier that each is connected to; always in the same order. */
function byVerifier(items: readonly ClientVerifierDto[]): [string, ClientVerifierDto[]][] {
  const groups = Map.groupBy(items, ({ verifier_id }) => verifier_id ?? '');
  for (const clients of groups.values()) clients.sort((a, b) => (a.id < b.id ? -1 : 1));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
