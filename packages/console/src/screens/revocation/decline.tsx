import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import type { RevocationWithReceiptDto } from '../../api/generated/types.gen';
import { revocationsOf } from '../../api/revocations';
import { useApi, useBusinessId } from '../../api/session';
import { tokensInWords } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { ReasonDialog } from '../../ui/reason-dialog';

/** A second person says no, or whoever asked takes it back. */
export function Decline({ revocation, isOwn }: { revocation: RevocationWithReceiptDto; isOwn: boolean }) {
  const client = useApi();
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const decline = useMutation({
    mutationFn: (reason: string) => revocationsOf(client, businessId).decline(revocation.id, reason),
    // Also when it is refused: somebody else may have been faster, which is then seen.
    onSettled: () => queries.invalidateQueries({ queryKey: [businessId ?? 'platform'] }),
  });
  const { tokens_matched: count, revoked_by: asker } = revocation;
  return (
    <>
      <Button onPress={() => setAsking(true)}>{isOwn ? 'Withdraw the request…' : 'Decline…'}</Button>
      <ReasonDialog
        title={isOwn ? 'Withdraw the request' : 'Decline the revocation'}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        action={isOwn ? 'Withdraw the request' : 'Decline the revocation'}
        isDangerous={false}
        isReasonRequired
        undo="This is final: nobody can approve it afterwards. It can be asked for again."
        isPending={decline.isPending}
        error={decline.error === null ? null : sentenceOf(decline.error)}
        onConfirm={(reason) => decline.mutate(reason ?? '')}
      >
        <p>
          {tokensInWords(count)} that {isOwn ? 'you' : <bdi className="font-medium">{asker}</bdi>} asked to
          revoke {count === 1 ? 'stays' : 'stay'} as {count === 1 ? 'it is' : 'they are'}: nothing is revoked.
        </p>
      </ReasonDialog>
    </>
  );
}
