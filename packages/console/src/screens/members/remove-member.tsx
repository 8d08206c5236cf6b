import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { removeMember } from '../../api/generated/sdk.gen';
import { useApi, useSession } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { ReasonField } from '../../ui/reason-field';
import { Notice } from '../../ui/states';
import type { MemberViewProps } from './change-member';

/** Ends a membership, with every token and session of the member. */
export function RemoveMember({ member, onBack, onDone, onBusy }: MemberViewProps) {
  const client = useApi();
  const { person } = useSession();
  const count = useTokenCount({ owner_email: member.email });
  const [reason, setReason] = useState('');
  const remove = useMutation({
    mutationFn: () =>
      removeMember({
        client,
        path: { member_id: member.id },
        body: { reason: reason.trim() === '' ? null : reason.trim() },
      }),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
  });
  if (remove.data !== undefined)
    return (
      <>
        <Notice tone="good" title={`${remove.data.name} is no member any more`}>
          {tokensInWords(remove.data.tokens_revoked)} revoked, and refused everywhere.
        </Notice>
        <div className="flex justify-end">
          <Button kind="primary" autoFocus onPress={onDone}>
            Close
          </Button>
        </div>
      </>
    );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        remove.mutate();
      }}
    >
      <p>
        <bdi className="font-medium">{member.name}</bdi> (<bdi>{member.email}</bdi>) loses{' '}
        <strong className="font-semibold">{tokensInWords(count)}</strong> and every session, everywhere, at
        once.
      </p>
      {person.id === member.id && <Notice tone="warn">This is you: you will be signed out.</Notice>}
      <ReasonField value={reason} onChange={setReason} autoFocus />
      <p className="text-sm text-muted">
        They can be added again. Their tokens stay revoked: for that there is no undo.
      </p>
      {remove.error !== null && <Notice tone="danger">{sentenceOf(remove.error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onBack} isDisabled={remove.isPending}>
          Back
        </Button>
        <Button type="submit" kind="danger" isPending={remove.isPending}>
          Remove, and revoke {tokensInWords(count)}
        </Button>
      </div>
    </form>
  );
}
