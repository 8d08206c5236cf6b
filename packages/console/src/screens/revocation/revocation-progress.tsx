import { useQuery } from '@tanstack/react-query';
import { sentenceOf } from '../../api/errors';
import type { RevocationWithReceiptDto } from '../../api/generated/types.gen';
import { revocationsOf, revocationsPath } from '../../api/revocations';
import { useApi, useBusinessId } from '../../api/session';
import type { WatchedRevocation } from '../../api/use-revocation';
import { tokensInWords } from '../../api/use-token-count';
import { Button } from '../../ui/button';
import { LinkButton } from '../../ui/link';
import { Progress } from '../../ui/progress';
import { SignedReceipt } from '../../ui/signed-receipt';
import { Notice } from '../../ui/states';
import { TakingEffect } from '../../ui/taking-effect';

const LOOK_MS = 500;

/** A revocation of many tokens that was asked for here, as it takes effect. */
export function RevocationProgress({
  revocation: { isRunning, committed, waiting, answer, error },
  tokensMeant,
  onAgain,
}: {
  revocation: WatchedRevocation<RevocationWithReceiptDto>;
  tokensMeant: number | null;
  onAgain: () => void;
}) {
  const client = useApi();
  const businessId = useBusinessId();
  const revocations = revocationsOf(client, businessId);
  const id = answer?.id ?? committed?.id ?? null;
  const { data } = useQuery({
    queryKey: [businessId ?? 'platform', 'revocations', 'one', id],
    queryFn: ({ signal }) => revocations.get(id ?? '', signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => (isRunning || state.data?.state === 'marking' ? LOOK_MS : false),
  });
  const known = data ?? answer;
  return (
    <>
      <TakingEffect
        what={tokensInWords(known?.tokens_matched ?? tokensMeant)}
        isRunning={isRunning}
        committed={committed}
        waiting={waiting}
        receipt={answer?.receipt ?? null}
      >
        {known !== null && known.tokens_matched !== null && known.tokens_matched > 0 && (
          <div className="max-w-md">
            <Progress
              label={known.kind === 'cut_off' ? 'Marked one by one' : 'Revoked'}
              value={known.tokens_revoked}
              of={Math.max(known.tokens_matched, known.tokens_revoked)}
            />
          </div>
        )}
      </TakingEffect>
      {error !== null && (
        <Notice
          tone="warn"
          title="Recorded, and not confirmed yet"
          action={<Button onPress={onAgain}>Ask again</Button>}
        >
          {sentenceOf(error)}
        </Notice>
      )}
      {answer !== null && answer.state !== 'awaiting_approval' && (
        <div className="flex flex-wrap justify-end gap-2">
          <SignedReceipt of="revocation" id={answer.id} file={`revocation-${answer.id}`} />
          <LinkButton kind="primary" to={revocationsPath(businessId, answer.id)}>
            Open the revocation
          </LinkButton>
        </div>
      )}
    </>
  );
}
