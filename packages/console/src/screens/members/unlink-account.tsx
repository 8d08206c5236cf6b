import { useMutation } from '@tanstack/react-query';
import { sentenceOf } from '../../api/errors';
import { unlinkMemberAccount } from '../../api/generated/sdk.gen';
import type { MemberAccountDto } from '../../api/generated/types.gen';
import { useApi, useSession } from '../../api/session';
import { Button } from '../../ui/button';
import { Done } from '../../ui/done';
import { Notice } from '../../ui/states';
import type { MemberViewProps } from './change-member';

/** Takes an account from a member, with the sessions that were opened with it. */
export function UnlinkAccount({
  member,
  account,
  onBack,
  onDone,
  onBusy,
}: MemberViewProps & { account: MemberAccountDto }) {
  const client = useApi();
  const { person } = useSession();
  const { issuer, subject } = account;
  const unlink = useMutation({
    mutationFn: () => unlinkMemberAccount({ client, path: { member_id: member.id, account_id: account.id } }),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
  });
  if (unlink.data !== undefined)
    return (
      <Done title="The account is unlinked" onDone={onDone}>
        Nobody signs in as <bdi>{member.name}</bdi> with it any more. The sessions that were opened with it
        are refused everywhere.
      </Done>
    );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        unlink.mutate();
      }}
    >
      <p className="wrap-anywhere">
        <bdi className="font-medium">{subject}</bdi> at <bdi>{issuer}</bdi> will not sign in as{' '}
        <bdi className="font-medium">{member.name}</bdi> (<bdi>{member.email}</bdi>) any more.{' '}
        <strong className="font-semibold">
          Every session that was opened with this account ends at once, everywhere.
        </strong>{' '}
        Their tokens stay.
      </p>
      {person.id === member.id && (
        <Notice tone="warn">
          This is you: if you have signed in with this account, you will be signed out.
        </Notice>
      )}
      <p className="text-sm text-muted">
        The account can be linked again. The sessions that end stay ended: for that there is no undo.
      </p>
      {unlink.error !== null && <Notice tone="danger">{sentenceOf(unlink.error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button autoFocus onPress={onBack} isDisabled={unlink.isPending}>
          Back
        </Button>
        <Button type="submit" kind="danger" isPending={unlink.isPending}>
          Unlink, and end its sessions
        </Button>
      </div>
    </form>
  );
}
