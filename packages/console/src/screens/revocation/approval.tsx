import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, sentenceOf } from '../../api/errors';
import type {
  ApprovalBarDto,
  ErrorDto,
  MadeDto,
  RevocationWithReceiptDto,
} from '../../api/generated/types.gen';
import { useIdempotencyKey } from '../../api/idempotency';
import { revocationsOf } from '../../api/revocations';
import { managesAllTokens } from '../../api/roles';
import { useApi, useBusinessId, useMay, useSession } from '../../api/session';
import { useRevocation } from '../../api/use-revocation';
import { tokensInWords } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { Section } from '../../ui/page';
import { Notice } from '../../ui/states';
import { Time } from '../../ui/time';
import { Decline } from './decline';
import { RevocationProgress } from './revocation-progress';

const LARGE = 20;

/** A second person says yes, or no. Whether they may be the second one is decided by the API: not whoever asked. */
export function Approval({
  revocation,
  onUnderWay,
}: {
  revocation: RevocationWithReceiptDto;
  /** Once it is approved here, what is seen is how it takes effect, whatever state it has reached. */
  onUnderWay: (isUnderWay: boolean) => void;
}) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const { role, person } = useSession();
  const mayWrite = useMay()(businessId === null ? 'rescind:platform:admin' : 'rescind:tokens:write');
  const keyFor = useIdempotencyKey();
  const [isConfirming, setConfirming] = useState(false);
  const [body, setBody] = useState<{ if_changed?: 'proceed' }>({});
  const watched = useRevocation<RevocationWithReceiptDto>();
  const { isRunning, committed, answer, error } = watched;

  async function approve(wanted: { if_changed?: 'proceed' }): Promise<void> {
    setBody(wanted);
    setConfirming(false);
    onUnderWay(true);
    const url = `${revocationsOf(client, businessId).url}/${revocation.id}/approve`;
    const made = await watched.start({ businessId, url, body: wanted, idempotencyKey: keyFor(wanted) });
    if (made === null) onUnderWay(false);
    else void queries.invalidateQueries({ queryKey: [businessId ?? 'platform'] });
  }

  if (isRunning || committed !== null || answer !== null)
    return (
      <Section title={isRunning ? 'Revoking' : 'Approved'}>
        <RevocationProgress
          revocation={watched}
          tokensMeant={revocation.tokens_matched}
          onAgain={() => void approve(body)}
        />
      </Section>
    );
  const mayApprove = mayWrite && managesAllTokens(role);
  const isOwn = revocation.revoked_by === (person.email ?? person.name);
  const action = `Approve, and revoke ${tokensInWords(revocation.tokens_matched)}`;
  const count = revocation.tokens_matched ?? 0;
  const bar = revocation.approval_bar;
  return (
    <Section title="Awaits approval">
      <p className="text-sm">
        <bdi className="font-medium">{revocation.revoked_by}</bdi> asked to revoke{' '}
        <strong className="font-semibold">{tokensInWords(revocation.tokens_matched)}</strong>. Nothing is
        revoked until another administrator approves it
        {revocation.approval !== null && (
          <>
            ; the request ends <Time at={revocation.approval.expires_at} />
          </>
        )}
        .
      </p>
      {error !== null && <Refused error={error} onProceed={() => void approve({ if_changed: 'proceed' })} />}
      {isOwn ? (
        <>
          <Notice>
            You asked for it: somebody else has to approve it. Send them the address of this page.
          </Notice>
          {mayWrite && (
            <div className="flex justify-end">
              <Decline revocation={revocation} isOwn />
            </div>
          )}
        </>
      ) : (
        mayApprove && (
          <>
            {bar !== null && <Barred bar={bar} />}
            <div className="flex flex-wrap justify-end gap-2">
              {bar?.code !== 'revocation.same_person' && <Decline revocation={revocation} isOwn={false} />}
              {bar === null && (
                <Button kind="danger" onPress={() => setConfirming(true)}>
                  {action}…
                </Button>
              )}
            </div>
          </>
        )
      )}
      <Confirm
        title="Approve the revocation"
        isOpen={isConfirming}
        onClose={() => setConfirming(false)}
        action={action}
        typed={count >= LARGE ? String(count) : undefined}
        undo="There is no undo: a revoked token never becomes active again."
        onConfirm={() => void approve({})}
      >
        <p>
          {tokensInWords(revocation.tokens_matched)} will be refused everywhere, at once. Reason:{' '}
          <bdi>{revocation.revocation_reason}</bdi>.
        </p>
      </Confirm>
    </Section>
  );
}

const WHY: Record<ApprovalBarDto['code'], string> = {
  'revocation.same_person':
    'The token that it was asked with and yours may be of one person. Somebody else has to approve it.',
  'revocation.person_made':
    'One of you has just made the other what they are here, or a third person both. Somebody else has to approve it.',
  'revocation.asker_ended': 'The token that it was asked with has leaked. Somebody else has to ask for it.',
};
const DID: Record<MadeDto['action'], string> = {
  'member.added': 'added',
  'member.activated': 'let back in',
  'member.account_linked': 'linked an account to',
  'member.changed': 'gave the role of an administrator to',
};

/** What the second person has to know before they decide. */
function Barred({ bar: { code, made } }: { bar: ApprovalBarDto }) {
  return (
    <Notice tone="warn" title="You cannot approve it">
      <p>{WHY[code]}</p>
      {made.length > 0 && (
        <ul>
          {made.map(({ action, by, member, at }) => (
            <li key={`${at} ${action} ${member}`}>
              <bdi>{by}</bdi> {DID[action]} <bdi>{member}</bdi> <Time at={at} />
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

function Refused({ error, onProceed }: { error: unknown; onProceed: () => void }) {
  if (error instanceof ApiError && error.code === 'revocation.set_changed') {
    const { tokens_now: now = 0, tokens_planned: planned = 0 } = error.body as ErrorDto;
    return (
      <Notice
        tone="warn"
        title="Nothing was revoked: it means other tokens by now"
        action={
          <Button kind="danger" onPress={onProceed}>
            Revoke the {now.toLocaleString()} of now
          </Button>
        }
      >
        {tokensInWords(planned)} were meant when it was asked for; {tokensInWords(now)} match now.
      </Notice>
    );
  }
  return <Notice tone="danger">{sentenceOf(error)}</Notice>;
}
