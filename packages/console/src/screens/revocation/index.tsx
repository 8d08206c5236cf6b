import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type {
  ApprovalDto,
  RevocationReceiptDto,
  RevocationWithReceiptDto,
} from '../../api/generated/types.gen';
import { useLiveInterval } from '../../api/live';
import { revocationsOf, revocationsPath } from '../../api/revocations';
import { useApi, useBusinessId } from '../../api/session';
import { Badge } from '../../ui/badge';
import { Link } from '../../ui/link';
import { Facts, None, Page, Section, type Fact } from '../../ui/page';
import { Progress } from '../../ui/progress';
import { QueryView } from '../../ui/query-view';
import { SignedReceipt } from '../../ui/signed-receipt';
import { Notice } from '../../ui/states';
import { inMs } from '../../ui/taking-effect';
import { ExactTime } from '../../ui/time';
import { SelectorWords } from '../revocations/selector-words';
import { RevocationState } from '../revocations/state-badge';
import { Approval } from './approval';
import { Declined } from './declined';
import { RevokedTokens } from './revoked-tokens';

const UNDER_WAY_MS = 1000;
const WAITING_MS = 5000;

/** One revocation of many tokens: what it meant, how far it is, who approved it, its receipt, its tokens. */
export default function RevocationScreen() {
  const client = useApi();
  const businessId = useBusinessId();
  const { revocationId = '' } = useParams({ strict: false });
  const isWatched = useLiveInterval(UNDER_WAY_MS) !== false;
  const revocations = revocationsOf(client, businessId);
  const query = useQuery({
    queryKey: [businessId ?? 'platform', 'revocations', 'one', revocationId],
    queryFn: ({ signal }) => revocations.get(revocationId, signal),
    refetchInterval: ({ state }) => isWatched && intervalOf(state.data),
  });
  const revocation = query.data;
  return (
    <Page
      title="Revocation"
      above={<Link to={revocationsPath(businessId)}>Revocations</Link>}
      heading={
        revocation && (
          <>
            Revocation <RevocationState revocation={revocation} />
            {revocation.break_glass && <Badge tone="danger">break-glass</Badge>}
          </>
        )
      }
      lead={
        revocation && (
          <SelectorWords
            selector={revocation.selector}
            issuedBefore={revocation.kind === 'cut_off' ? revocation.issued_before : null}
          />
        )
      }
      actions={
        revocation?.revoked_at != null && (
          <SignedReceipt of="revocation" id={revocationId} file={`revocation-${revocationId}`} />
        )
      }
    >
      <QueryView query={query} label="Reading the revocation">
        {(known) => <Known revocation={known} />}
      </QueryView>
    </Page>
  );
}

function intervalOf(revocation: RevocationWithReceiptDto | undefined): number | false {
  if (revocation?.state === 'marking') return UNDER_WAY_MS;
  return revocation?.state === 'awaiting_approval' && WAITING_MS;
}

function Known({ revocation }: { revocation: RevocationWithReceiptDto }) {
  const { state, kind, tokens_matched: matched, tokens_revoked: revoked } = revocation;
  const [isApproving, setApproving] = useState(false);
  return (
    <>
      {(state === 'awaiting_approval' || isApproving) && (
        <Approval revocation={revocation} onUnderWay={setApproving} />
      )}
      {state === 'expired' && (
        <Notice>Nobody approved it in time, and nothing was revoked. It can be asked for again.</Notice>
      )}
      {state === 'declined' && <Declined revocation={revocation} />}
      {state === 'marking' && !isApproving && (
        <Section title={kind === 'cut_off' ? 'Being marked' : 'Being revoked'}>
          <Progress
            label={kind === 'cut_off' ? 'Marked one by one' : 'Revoked'}
            value={revoked}
            of={Math.max(matched ?? 0, revoked)}
          />
          <p className="text-sm text-muted">
            {kind === 'cut_off'
              ? 'All of them are refused everywhere already; each record is being marked.'
              : 'It goes on by itself, whatever happens to this page or to one process.'}
          </p>
        </Section>
      )}
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <Section title={revocation.revoked_at === null ? 'What was asked for' : 'What was revoked'}>
          <Facts facts={factsOf(revocation)} />
        </Section>
        {revocation.receipt !== null && (
          <Section title="Receipt">
            <Facts facts={receiptFacts(revocation.receipt)} />
          </Section>
        )}
      </div>
      {revocation.revoked_at !== null && <RevokedTokens revocation={revocation} />}
    </>
  );
}

function factsOf(revocation: RevocationWithReceiptDto): Fact[] {
  const { tokens_matched: matched, tokens_revoked: revoked, approval } = revocation;
  return [
    { name: 'Reason', value: <bdi>{revocation.revocation_reason ?? 'none'}</bdi> },
    { name: approval === null ? 'By' : 'Asked for by', value: <bdi>{revocation.revoked_by}</bdi> },
    ...(approval === null
      ? []
      : [{ name: 'Asked', value: <ExactTime at={approval.asked_at} /> }, ...decisionOf(approval)]),
    { name: 'In effect since', value: sinceOf(revocation) },
    {
      name: 'Tokens',
      value:
        matched === null
          ? `${revoked.toLocaleString()} revoked`
          : `${revoked.toLocaleString()} revoked, of ${matched.toLocaleString()} that were meant`,
    },
    { name: 'Id', value: <span className="font-mono text-xs">{revocation.id}</span> },
  ];
}

/** Who has decided on it, and when. */
function decisionOf({ approved_by: approver, declined_by: decliner, declined_at: at }: ApprovalDto): Fact[] {
  if (decliner !== null && at !== null)
    return [
      { name: 'Declined by', value: <bdi>{decliner}</bdi> },
      { name: 'Declined', value: <ExactTime at={at} /> },
    ];
  return [{ name: 'Approved by', value: approver === null ? <None>nobody</None> : <bdi>{approver}</bdi> }];
}

function sinceOf({ revoked_at: at, state }: RevocationWithReceiptDto) {
  if (at !== null) return <ExactTime at={at} />;
  return <None>{state === 'awaiting_approval' ? 'not yet' : 'never'}</None>;
}

function receiptFacts(receipt: RevocationReceiptDto): Fact[] {
  return [
    { name: 'Verifiers', value: receipt.verifiers_registered },
    { name: 'Confirmed', value: receipt.verifiers_acknowledged },
    {
      name: 'Waited out',
      value:
        receipt.verifiers_waited_out === 0 ? (
          <None />
        ) : (
          `${receipt.verifiers_waited_out}: did not answer, and their lease had ended`
        ),
    },
    { name: 'Client verifiers', value: receipt.client_verifiers },
    { name: 'Took', value: inMs(receipt.duration_ms) },
    {
      name: 'In the log',
      value: receipt.audit_sequence === null ? <None /> : `event ${receipt.audit_sequence}`,
    },
  ];
}
