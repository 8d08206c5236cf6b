import { useNavigate } from '@tanstack/react-router';
import { useLiveInterval } from '../../api/live';
import type { RevocationDto } from '../../api/generated/types.gen';
import { revocationsOf, revocationsPath } from '../../api/revocations';
import { useApi, useBusinessId, useMay } from '../../api/session';
import { usePages } from '../../api/use-pages';
import type { Column } from '../../ui/columns';
import { LinkButton } from '../../ui/link';
import { None, Page } from '../../ui/page';
import { PagedTable } from '../../ui/paged-table';
import { Empty } from '../../ui/states';
import { Time } from '../../ui/time';
import { SelectorWords } from './selector-words';
import { RevocationState } from './state-badge';

const LOOK_MS = 5000;

const COLUMNS: readonly Column<RevocationDto>[] = [
  {
    id: 'selector',
    label: 'What',
    width: 'minmax(14rem, 3fr)',
    cell: ({ selector, issued_before: until, kind }) => (
      <SelectorWords selector={selector} issuedBefore={kind === 'cut_off' ? until : null} />
    ),
  },
  {
    id: 'reason',
    label: 'Reason',
    width: 'minmax(10rem, 2fr)',
    cell: ({ revocation_reason: reason }) => (reason === null ? <None /> : <bdi>{reason}</bdi>),
  },
  { id: 'state', label: 'State', width: '11rem', cell: (each) => <RevocationState revocation={each} /> },
  {
    id: 'tokens',
    label: 'Revoked',
    width: '7rem',
    isNumeric: true,
    cell: ({ tokens_revoked: count }) => count.toLocaleString(),
  },
  {
    id: 'by',
    label: 'By',
    width: 'minmax(11rem, 1fr)',
    cell: ({ revoked_by: by }) => <bdi>{by}</bdi>,
  },
  {
    id: 'at',
    label: 'When',
    width: '9rem',
    cell: ({ revoked_at: at, approval }) => {
      const moment = at ?? approval?.asked_at ?? null;
      return moment === null ? <None /> : <Time at={moment} />;
    },
  },
];

/** Revocations of many tokens, of a business or of the platform. */
export default function RevocationsScreen() {
  const businessId = useBusinessId();
  const client = useApi();
  const navigate = useNavigate();
  const mayRevoke = useMay()(businessId === null ? 'rescind:platform:admin' : 'rescind:tokens:write');
  const list = usePages<RevocationDto>(
    [businessId ?? 'platform', 'revocations', 'list'],
    (request) => revocationsOf(client, businessId).list(request),
    { refetchInterval: useLiveInterval(LOOK_MS) },
  );
  return (
    <Page
      title="Revocations"
      lead="Of many tokens at once. What was revoked one by one is in the audit log."
      isFilling
      actions={
        mayRevoke && (
          <LinkButton kind="danger" icon="revoke" to={revocationsPath(businessId, 'new')}>
            Revoke many tokens
          </LinkButton>
        )
      }
    >
      <PagedTable
        label="Revocations"
        isFilling
        list={list}
        columns={COLUMNS}
        idOf={({ id }) => id}
        nameOf={({ revocation_reason: reason, id }) => reason ?? id}
        onOpen={({ id }) => void navigate({ to: revocationsPath(businessId, id) })}
        empty={
          <Empty icon="revoke" title="Nothing has been revoked in bulk">
            In an incident, choose by owner, scope or use, see what that would hit, and revoke it in one step.
          </Empty>
        }
      />
    </Page>
  );
}
