import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { rotateToken } from '../../api/generated/sdk.gen';
import type { TokenInfoDto } from '../../api/generated/types.gen';
import { useIdempotencyKey } from '../../api/idempotency';
import { useApi, useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Secret } from '../../ui/secret';
import { Select } from '../../ui/select';
import { Notice } from '../../ui/states';
import { ExactTime } from '../../ui/time';
import { tokenName } from './token-name';

const GRACES = [
  { value: '0', label: 'Not at all: it is refused at once' },
  { value: '300', label: '5 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
] as const;

/** What a rotation gave. The secret is here, and gone with the dialog. */
interface Rotated {
  secret: string;
  successor: TokenInfoDto;
  replaced: TokenInfoDto;
}

/** Replaces a token's secret: a successor with the same name, owner, scopes and lifetime. */
export function RotateToken({ token, onClose }: { token: TokenInfoDto; onClose: () => void }) {
  const [rotated, setRotated] = useState<Rotated | null>(null);
  return rotated === null ? (
    <AskForRotation token={token} onClose={onClose} onRotated={setRotated} />
  ) : (
    <ShowRotated rotated={rotated} onClose={onClose} />
  );
}

function AskForRotation({
  token,
  onClose,
  onRotated,
}: {
  token: TokenInfoDto;
  onClose: () => void;
  onRotated: (rotated: Rotated) => void;
}) {
  const client = useApi();
  const keyFor = useIdempotencyKey();
  const [grace, setGrace] = useState<(typeof GRACES)[number]['value']>('3600');
  const rotate = useMutation({
    mutationFn: async () => {
      const body = { grace_seconds: Number(grace) };
      const {
        token: secret,
        token_info: successor,
        replaced,
      } = await rotateToken({
        client,
        path: { token_id: token.id },
        body,
        headers: { 'idempotency-key': keyFor(body) },
      });
      onRotated({ secret, successor, replaced });
    },
  });
  return (
    <Dialog title="Rotate the token" isOpen onClose={onClose} isStaying={rotate.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rotate.mutate();
        }}
      >
        <p>
          A new token takes the place of <bdi className="font-medium">{tokenName(token)}</bdi>: with its name,
          owner, scopes and lifetime, counted from now. You see its secret once.
        </p>
        <Select
          label="For how long the old secret stays valid"
          description="Long enough to change it where it is used; never past its own expiry."
          options={GRACES}
          value={grace}
          onChange={setGrace}
        />
        <p className="text-sm text-muted">
          There is no undo: the old secret ends then for good. Revoke it to end it sooner.
        </p>
        {rotate.error !== null && <Notice tone="danger">{sentenceOf(rotate.error)}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose} isDisabled={rotate.isPending}>
            Cancel
          </Button>
          <Button type="submit" kind="primary" isPending={rotate.isPending}>
            Rotate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function ShowRotated({
  rotated: { secret, successor, replaced },
  onClose,
}: {
  rotated: Rotated;
  onClose: () => void;
}) {
  const businessId = useBusinessId();
  const navigate = useNavigate();
  const [isKept, setKept] = useState(false);
  const open = () => {
    onClose();
    void navigate({
      to: '/b/$businessId/tokens/$tokenId',
      params: { businessId: businessId ?? '', tokenId: successor.id },
    });
  };
  return (
    <Dialog
      title="The new token"
      isOpen
      onClose={onClose}
      isStaying
      footer={
        <>
          <Button onPress={onClose} isDisabled={!isKept}>
            Stay here
          </Button>
          <Button kind="primary" onPress={open} isDisabled={!isKept}>
            Open the new token
          </Button>
        </>
      }
    >
      <Secret value={secret} label="The secret of the new token" onKept={() => setKept(true)} />
      <p className="text-sm text-muted">
        {replaced.grace_ends_at === null || replaced.status !== 'active' ? (
          'The old secret is refused from now on.'
        ) : (
          <>
            The old secret stays valid until <ExactTime at={replaced.grace_ends_at} />.
          </>
        )}
      </p>
    </Dialog>
  );
}
