import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError, sentenceOf } from '../../api/errors';
import type { ErrorDto, RevocationPreviewDto, RevocationWithReceiptDto } from '../../api/generated/types.gen';
import { useIdempotencyKey } from '../../api/idempotency';
import { revocationsOf, revocationsPath } from '../../api/revocations';
import { useApi, useBusinessId, useSession } from '../../api/session';
import { useRevocation } from '../../api/use-revocation';
import { tokensInWords } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { Checkbox } from '../../ui/field';
import { Section } from '../../ui/page';
import { Notice } from '../../ui/states';
import { ExactTime } from '../../ui/time';
import { RevocationProgress } from '../revocation/revocation-progress';
import { SelectorWords } from '../revocations/selector-words';
import { PreviewView } from './preview-view';

/** From so many on, the number has to be typed. */
const LARGE = 20;

interface Order {
  plan: string;
  if_changed?: 'proceed';
  break_glass?: true;
}

interface ExecutionProps {
  preview: RevocationPreviewDto;
  reason: string;
  onStart: () => void;
  /** Nothing was revoked: another preview may be asked for. */
  onRefused: () => void;
  onPreviewAgain: () => void;
}

/** What a preview has shown, and its execution: exactly that set, or nothing. */
export function Execution({ preview, reason, onStart, onRefused, onPreviewAgain }: ExecutionProps) {
  const client = useApi();
  const businessId = useBusinessId();
  const isPlatform = useSession().role === 'platform';
  const navigate = useNavigate();
  const queries = useQueryClient();
  const keyFor = useIdempotencyKey();
  const [isConfirming, setConfirming] = useState(false);
  const [breaksGlass, setBreaksGlass] = useState(false);
  const [order, setOrder] = useState<Order | null>(null);
  const revocation = useRevocation<RevocationWithReceiptDto>();
  const { isRunning, committed, answer, error } = revocation;

  async function execute(wanted: Order): Promise<void> {
    setOrder(wanted);
    setConfirming(false);
    onStart();
    const { url } = revocationsOf(client, businessId);
    const made = await revocation.start({ businessId, url, body: wanted, idempotencyKey: keyFor(wanted) });
    void queries.invalidateQueries({ queryKey: [businessId ?? 'platform'] });
    if (made?.state === 'awaiting_approval')
      void navigate({ to: revocationsPath(businessId, made.id), replace: true });
  }

  if (isRunning || committed !== null || answer !== null)
    return (
      <Section
        title={isRunning ? 'Revoking' : answer === null ? 'Recorded, and not confirmed yet' : 'Revoked'}
      >
        <RevocationProgress
          revocation={revocation}
          tokensMeant={preview.tokens}
          onAgain={() => order !== null && void execute(order)}
        />
      </Section>
    );
  const needsApproval = preview.needs_approval && !breaksGlass;
  const action = `${needsApproval ? 'Ask to revoke' : 'Revoke'} ${tokensInWords(preview.tokens)}`;
  const first: Order = { plan: preview.plan, ...(breaksGlass && { break_glass: true }) };
  return (
    <Section
      title="2. What that would revoke"
      actions={
        <span className="text-xs text-muted">
          this plan holds until <ExactTime at={preview.plan_expires_at} />
        </span>
      }
    >
      <p className="text-sm">
        <SelectorWords selector={preview.selector} issuedBefore={preview.issued_before} />
      </p>
      <PreviewView preview={preview} />
      {error !== null && (
        <Refused
          error={error}
          onPreviewAgain={onPreviewAgain}
          onProceed={() => void execute({ ...first, if_changed: 'proceed' })}
          onSeen={onRefused}
        />
      )}
      {preview.needs_approval && isPlatform && (
        <BreakGlass isSelected={breaksGlass} onChange={setBreaksGlass} />
      )}
      {preview.tokens === 0 ? (
        <Notice>No token that you may revoke matches. Nothing can be revoked with this.</Notice>
      ) : (
        <div className="flex justify-end">
          <Button kind="danger" icon="revoke" onPress={() => setConfirming(true)}>
            {action}…
          </Button>
        </div>
      )}
      <Confirm
        title={action}
        isOpen={isConfirming}
        onClose={() => setConfirming(false)}
        action={action}
        typed={preview.tokens >= LARGE ? String(preview.tokens) : undefined}
        undo={
          needsApproval
            ? 'Nothing is revoked before a second person has approved it. After that there is no undo.'
            : 'There is no undo: a revoked token never becomes active again.'
        }
        onConfirm={() => void execute(first)}
      >
        <p>
          {tokensInWords(preview.tokens)} of {preview.owners.toLocaleString()} owner
          {preview.owners === 1 ? '' : 's'} will be refused everywhere, at once. Reason: <bdi>{reason}</bdi>.
        </p>
        {preview.ends_caller && (
          <Notice tone="warn">Your own session ends with them: you will be signed out.</Notice>
        )}
      </Confirm>
    </Section>
  );
}

/** Of the platform alone, in a business as well, and only where it would otherwise wait. */
function BreakGlass({
  isSelected,
  onChange,
}: {
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
}) {
  return (
    <Checkbox isSelected={isSelected} onChange={onChange}>
      Emergency: revoke at once, without a second person. The audit log says so.
    </Checkbox>
  );
}

function Refused({
  error,
  onPreviewAgain,
  onProceed,
  onSeen,
}: {
  error: unknown;
  onPreviewAgain: () => void;
  onProceed: () => void;
  onSeen: () => void;
}) {
  const code = error instanceof ApiError ? error.code : '';
  if (code === 'revocation.set_changed') {
    const { tokens_now: now = 0, tokens_planned: planned = 0 } = (error as ApiError).body as ErrorDto;
    return (
      <Notice
        tone="warn"
        title="Nothing was revoked: it means other tokens by now"
        action={
          <span className="flex shrink-0 gap-2">
            <Button onPress={onPreviewAgain}>Look again</Button>
            <Button kind="danger" onPress={onProceed}>
              Revoke the {now.toLocaleString()} of now
            </Button>
          </span>
        }
      >
        {tokensInWords(planned)} were shown; {tokensInWords(now)} match now.
      </Notice>
    );
  }
  const isOver = code === 'revocation.plan_expired' || code === 'revocation.plan_used';
  return (
    <Notice
      tone="danger"
      title={isOver ? 'Nothing was revoked' : undefined}
      action={
        <Button onPress={isOver ? onPreviewAgain : onSeen}>{isOver ? 'Look again' : 'Change it'}</Button>
      }
    >
      {sentenceOf(error)}
    </Notice>
  );
}
