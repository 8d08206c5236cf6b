import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { disableIdentity } from '../../api/generated/sdk.gen';
import type { IdentityDto } from '../../api/generated/types.gen';
import { useApi } from '../../api/session';
import { tokensInWords, useTokenCount } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { ReasonField } from '../../ui/reason-field';
import { Notice } from '../../ui/states';

/** Disables an identity, and revokes every token of it. */
export function DisableIdentity({
  identity,
  onBack,
  onDone,
  onBusy,
}: {
  identity: IdentityDto;
  onBack: () => void;
  onDone: () => void;
  onBusy: (isBusy: boolean) => void;
}) {
  const client = useApi();
  const count = useTokenCount({ identity_id: identity.id });
  const [reason, setReason] = useState('');
  const disable = useMutation({
    mutationFn: () =>
      disableIdentity({
        client,
        path: { identity_id: identity.id },
        body: { reason: reason.trim() === '' ? null : reason.trim() },
      }),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
  });
  if (disable.data !== undefined)
    return (
      <>
        <Notice tone="good" title={`${disable.data.name} is disabled`}>
          {tokensInWords(disable.data.tokens_revoked)} revoked, and refused everywhere.
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
        disable.mutate();
      }}
    >
      <p>
        <bdi className="font-medium">{identity.name}</bdi> loses{' '}
        <strong className="font-semibold">{tokensInWords(count)}</strong>, everywhere, at once.
      </p>
      <ReasonField value={reason} onChange={setReason} autoFocus />
      <p className="text-sm text-muted">
        It can be enabled again. Its tokens stay revoked: for that there is no undo.
      </p>
      {disable.error !== null && <Notice tone="danger">{sentenceOf(disable.error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onBack} isDisabled={disable.isPending}>
          Back
        </Button>
        <Button type="submit" kind="danger" isPending={disable.isPending}>
          Disable, and revoke {tokensInWords(count)}
        </Button>
      </div>
    </form>
  );
}
