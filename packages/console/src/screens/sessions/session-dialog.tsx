import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { revokeSession } from '../../api/generated/sdk.gen';
import type { SessionDto } from '../../api/generated/types.gen';
import { useApi } from '../../api/session';
import { Scope } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Facts, None } from '../../ui/page';
import { ReasonDialog } from '../../ui/reason-dialog';
import { ExactTime } from '../../ui/time';
import { WAYS } from './columns';

interface SessionDialogProps {
  session: SessionDto;
  mayRevoke: boolean;
  onClose: () => void;
  /** `seconds` until the last verifier refused it. */
  onRevoked: (session: SessionDto, seconds: string) => void;
  onSignOut: () => void;
}

export function SessionDialog({ session, mayRevoke, onClose, onRevoked, onSignOut }: SessionDialogProps) {
  const client = useApi();
  const [isAsking, setAsking] = useState(false);
  const { person, current } = session;
  const revoke = useMutation({
    mutationFn: (reason: string | null) =>
      revokeSession({ client, path: { session_id: session.id }, body: { reason } }),
    onSuccess: ({ receipt }) => onRevoked(session, (receipt.duration_ms / 1000).toFixed(2)),
  });
  if (isAsking)
    return (
      <ReasonDialog
        title="Revoke a session"
        isOpen
        onClose={() => setAsking(false)}
        action="Revoke the session"
        undo="It cannot be undone; the person can sign in again, unless that is prevented elsewhere."
        isPending={revoke.isPending}
        error={revoke.error === null ? null : sentenceOf(revoke.error)}
        onConfirm={(reason) => revoke.mutate(reason)}
      >
        <p>
          The browser of <bdi className="font-medium">{person.name}</bdi> will be refused everywhere at once.
          Their tokens stay.
        </p>
      </ReasonDialog>
    );
  return (
    <Dialog
      title={current ? 'This session' : 'Session'}
      isOpen
      onClose={onClose}
      footer={
        mayRevoke &&
        (current ? (
          <Button icon="sign-out" onPress={onSignOut}>
            Sign out
          </Button>
        ) : (
          <Button kind="danger" onPress={() => setAsking(true)}>
            Revoke…
          </Button>
        ))
      }
    >
      <Facts
        facts={[
          { name: 'who', value: <bdi>{person.name}</bdi> },
          { name: 'e-mail', value: person.email === null ? <None /> : <bdi>{person.email}</bdi> },
          { name: 'role', value: session.role },
          {
            name: 'may',
            value:
              session.scopes.length === 0 ? (
                <None>nothing</None>
              ) : (
                <span className="flex flex-wrap gap-1">
                  {session.scopes.map((scope) => (
                    <Scope key={scope}>{scope}</Scope>
                  ))}
                </span>
              ),
          },
          { name: 'signed in with', value: WAYS[session.signed_in_with] },
          { name: 'began', value: <ExactTime at={session.created_at} /> },
          { name: 'ends, if unused', value: <ExactTime at={session.idle_ends_at} /> },
          { name: 'ends in any case', value: <ExactTime at={session.expires_at} /> },
          { name: 'id', value: <code className="font-mono text-xs">{session.id}</code> },
        ]}
      />
    </Dialog>
  );
}
