import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { clientOf } from '../../api/client';
import { sentenceOf } from '../../api/errors';
import { revokePlatformToken } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Checkbox } from '../../ui/field';
import { LinkButton } from '../../ui/link';
import { Facts, None } from '../../ui/page';
import { ReasonDialog } from '../../ui/reason-dialog';
import { ExactTime } from '../../ui/time';
import { StatusBadge } from '../../ui/token-facts';

interface TokenDialogProps {
  token: TokenInfoDto;
  onClose: () => void;
  /** With what to say of it. */
  onRevoked: (sentence: string) => void;
}

export function TokenDialog({ token, onClose, onRevoked }: TokenDialogProps) {
  const [isAsking, setAsking] = useState(false);
  const [withChildren, setWithChildren] = useState(false);
  const name = token.name ?? token.token_prefix;
  const revoke = useMutation({
    mutationFn: (reason: string | null) =>
      revokePlatformToken({
        client: clientOf(null),
        path: { token_id: token.id },
        body: { reason, children: withChildren },
      }),
    onSuccess: ({ tokens_revoked, receipt }) =>
      onRevoked(
        `${tokens_revoked === 1 ? `${name} is` : `${name} and what came from it, ${tokens_revoked} tokens, are`} refused everywhere: ${receipt.verifiers_acknowledged} of ${receipt.verifiers_registered} verifiers confirmed within ${(receipt.duration_ms / 1000).toFixed(2)} s.`,
      ),
  });
  if (isAsking)
    return (
      <ReasonDialog
        title="Revoke a platform token"
        isOpen
        onClose={() => setAsking(false)}
        action="Revoke it"
        undo="It cannot be undone. Sessions that were opened with it end with it."
        isPending={revoke.isPending}
        error={revoke.error === null ? null : sentenceOf(revoke.error)}
        onConfirm={(reason) => revoke.mutate(reason)}
      >
        <p>
          <bdi className="font-medium">{name}</bdi> will be refused everywhere at once.
        </p>
        <Checkbox isSelected={withChildren} onChange={setWithChildren}>
          Also every token that was issued with it, in all businesses, and so on
        </Checkbox>
      </ReasonDialog>
    );
  const at = (moment: string | null, none: string) =>
    moment === null ? <None>{none}</None> : <ExactTime at={moment} />;
  return (
    <Dialog
      title={<bdi>{name}</bdi>}
      isOpen
      onClose={onClose}
      footer={
        <>
          <LinkButton to="/platform/audit" search={{ token_id: token.id } as never} icon="audit">
            In the audit log
          </LinkButton>
          {token.status !== 'revoked' && (
            <Button kind="danger" onPress={() => setAsking(true)}>
              Revoke…
            </Button>
          )}
        </>
      }
    >
      <Facts
        facts={[
          { name: 'status', value: <StatusBadge token={token} /> },
          {
            name: 'held by',
            value: token.issued_to === null ? <None>not recorded</None> : <bdi>{token.issued_to}</bdi>,
          },
          { name: 'preview', value: <code className="font-mono text-xs">{token.token_prefix}</code> },
          { name: 'issued', value: <ExactTime at={token.created_at} /> },
          { name: 'expires', value: at(token.expires_at, 'never') },
          { name: 'last used', value: at(token.last_used_at, 'never') },
          ...(token.revoked_at === null
            ? []
            : [
                { name: 'revoked', value: <ExactTime at={token.revoked_at} /> },
                { name: 'revoked by', value: <bdi>{token.revoked_by ?? 'not recorded'}</bdi> },
                { name: 'reason', value: <bdi>{token.revocation_reason ?? 'none'}</bdi> },
              ]),
          { name: 'id', value: <code className="font-mono text-xs">{token.id}</code> },
        ]}
      />
    </Dialog>
  );
}
