import { useState } from 'react';
import { ApiError, sentenceOf } from '../../api/errors';
import type { RevokeAnswerDto, TokenInfoDto } from '../../api/generated/types.gen';
import { useBusinessId } from '../../api/session';
import { useRevocation } from '../../api/use-revocation';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Checkbox } from '../../ui/field';
import { Link } from '../../ui/link';
import { ReasonField } from '../../ui/reason-field';
import { SignedReceipt } from '../../ui/signed-receipt';
import { Notice } from '../../ui/states';
import { TakingEffect } from '../../ui/taking-effect';
import { tokenName } from './token-name';
import { WhoIsAffected } from './who-is-affected';

interface Terms {
  reason: string | null;
  successors: boolean;
  children: boolean;
}

/** Revokes a token: who is affected, why, and then the receipt as it happens. */
export function RevokeToken({ token, onClose }: { token: TokenInfoDto; onClose: () => void }) {
  const businessId = useBusinessId();
  const revocation = useRevocation<RevokeAnswerDto>();
  const [terms, setTerms] = useState<Terms | null>(null);
  const start = (wanted: Terms) => {
    setTerms(wanted);
    void revocation.start({ businessId, url: `/api/v1/tokens/${token.id}/revoke`, body: wanted });
  };
  const { isRunning, committed, error, answer } = revocation;
  const isAsked = isRunning || committed !== null || answer !== null;
  const title = answer !== null ? 'Revoked' : isRunning ? 'Revoking the token' : 'Revoke the token';
  return (
    <Dialog title={title} isOpen onClose={onClose} isStaying={isRunning} role="alertdialog">
      {isAsked ? (
        <Progress
          token={token}
          revocation={revocation}
          onAgain={() => terms !== null && start(terms)}
          onClose={onClose}
        />
      ) : (
        <AskForTerms token={token} error={error} onRevoke={start} onClose={onClose} />
      )}
    </Dialog>
  );
}

function AskForTerms({
  token,
  error,
  onRevoke,
  onClose,
}: {
  token: TokenInfoDto;
  error: unknown;
  onRevoke: (terms: Terms) => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const isLeaked = reason.trimStart().toLowerCase().startsWith('leaked');
  const [successors, setSuccessors] = useState<boolean | null>(null);
  const [children, setChildren] = useState<boolean | null>(null);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onRevoke({
          reason: reason.trim() === '' ? null : reason.trim(),
          successors: successors ?? isLeaked,
          children: children ?? isLeaked,
        });
      }}
    >
      <p>
        <bdi className="font-medium">{tokenName(token)}</bdi> of <bdi>{token.owner.name}</bdi> will be refused
        everywhere, at once.
      </p>
      <WhoIsAffected token={token} />
      <ReasonField value={reason} onChange={setReason} autoFocus />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">Also revoke</legend>
        {token.replaced_by !== null && (
          <Checkbox isSelected={successors ?? isLeaked} onChange={setSuccessors}>
            the tokens that replaced it by rotation
          </Checkbox>
        )}
        <Checkbox isSelected={children ?? isLeaked} onChange={setChildren}>
          the tokens that were issued with it, and so on
        </Checkbox>
        <p className="text-xs text-muted">
          Chosen by itself when the reason begins with “leaked”: whoever has the secret may have made tokens
          with it.
        </p>
      </fieldset>
      <p className="text-sm text-muted">There is no undo: a revoked token never becomes active again.</p>
      {error !== null && <Notice tone="danger">{sentenceOf(error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onClose}>Cancel</Button>
        <Button type="submit" kind="danger">
          Revoke the token
        </Button>
      </div>
    </form>
  );
}

function Progress({
  token,
  revocation: { isRunning, committed, waiting, answer, error },
  onAgain,
  onClose,
}: {
  token: TokenInfoDto;
  revocation: Omit<ReturnType<typeof useRevocation<RevokeAnswerDto>>, 'start' | 'forget'>;
  onAgain: () => void;
  onClose: () => void;
}) {
  return (
    <>
      <TakingEffect
        what={tokenName(token)}
        isRunning={isRunning}
        committed={committed}
        waiting={waiting}
        receipt={answer?.receipt ?? null}
      />
      {answer !== null && <Outcome answer={answer} />}
      {error !== null && (
        <Notice
          tone={error instanceof ApiError && error.code === 'answer.broken' ? 'warn' : 'danger'}
          title="Recorded, and not confirmed yet"
          action={<Button onPress={onAgain}>Ask again</Button>}
        >
          {sentenceOf(error)}
        </Notice>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {answer !== null && <SignedReceipt of="token" id={token.id} file={`revocation-${token.jti}`} />}
        {/* Another button once it is over: that one takes the focus. */}
        <Button
          key={String(isRunning)}
          kind="primary"
          onPress={onClose}
          isDisabled={isRunning}
          autoFocus={!isRunning}
        >
          Close
        </Button>
      </div>
    </>
  );
}

function Outcome({ answer }: { answer: RevokeAnswerDto }) {
  const businessId = useBusinessId() ?? '';
  const { tokens_revoked: count, live_successors: successors } = answer;
  return (
    <>
      {count === 0 && <Notice>It had been revoked before; that revocation stands.</Notice>}
      {count > 1 && <p className="text-sm">{count} tokens were revoked in all.</p>}
      {successors.length > 0 && (
        <Notice tone="warn" title="What replaced it is still active">
          {successors.map((id, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link to="/b/$businessId/tokens/$tokenId" params={{ businessId, tokenId: id }}>
                {id.slice(0, 8)}
              </Link>
            </span>
          ))}
        </Notice>
      )}
    </>
  );
}
