import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { fieldProblems, isOfFields } from '../../api/field-problems';
import { changeMember } from '../../api/generated/sdk.gen';
import type { MemberDto } from '../../api/generated/types.gen';
import { useApi } from '../../api/session';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import type { ItemViewProps } from '../../ui/item-dialog';
import { RoleChoices } from '../../ui/role-choices';
import { Notice } from '../../ui/states';

export interface MemberViewProps extends ItemViewProps {
  member: MemberDto;
}

/** Changes name or role. A smaller role limits every token and session of the member at once. */
export function ChangeMember({ member, onBack, onDone, onBusy }: MemberViewProps) {
  const client = useApi();
  const [name, setName] = useState(member.name);
  const [role, setRole] = useState(member.role);
  const change = useMutation({
    mutationFn: () =>
      changeMember({
        client,
        path: { member_id: member.id },
        // Whom a directory gives no access to is given none by hand.
        body: { name: name.trim(), ...(role === 'no-access' || role === member.role ? {} : { role }) },
      }),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: onDone,
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Field
        label="Name"
        isRequired
        autoFocus
        autoComplete="off"
        maxLength={255}
        value={name}
        onChange={setName}
        error={fieldProblems(change.error)['name']}
      />
      <RoleChoices of="member" value={role} onChange={setRole} />
      {role !== member.role && (
        <Notice tone="warn">
          Every token and session of <bdi>{member.email}</bdi> may do what the role {role} allows, on every
          verifier, once this has been saved. It can be changed back at any time.
        </Notice>
      )}
      {change.error !== null && !isOfFields(change.error, ['name']) && (
        <Notice tone="danger">{sentenceOf(change.error)}</Notice>
      )}
      <div className="flex justify-end gap-2">
        <Button onPress={onBack} isDisabled={change.isPending}>
          Back
        </Button>
        <Button
          type="submit"
          kind="primary"
          isPending={change.isPending}
          isDisabled={name.trim() === '' || (name.trim() === member.name && role === member.role)}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
