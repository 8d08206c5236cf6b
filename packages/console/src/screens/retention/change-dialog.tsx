import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { sentenceOf } from '../../api/errors';
import { setAuditRetention, setPlatformAuditRetention } from '../../api/generated/sdk.gen';
import type { RetentionDto } from '../../api/generated/types.gen';
import { useApi, useBusinessId } from '../../api/session';
import { Button } from '../../ui/button';
import { Confirm } from '../../ui/confirm';
import { Dialog } from '../../ui/dialog';
import { Choices, Field } from '../../ui/field';
import { Notice } from '../../ui/states';
import { isShorter, spanOf } from './span';

const MONTHS_MAX = 1200;

interface ChangeDialogProps {
  policy: RetentionDto;
  /** Sets what holds until now again, in place of asking for something new. */
  isCancelling: boolean;
  onClose: () => void;
  onChanged: (policy: RetentionDto) => void;
}

export function ChangeDialog({ policy, isCancelling, onClose, onChanged }: ChangeDialogProps) {
  const client = useApi();
  const businessId = useBusinessId();
  const now = policy.effective_at === null ? policy.months : policy.months_until_then;
  const set = useMutation({
    mutationFn: (months: number | null) =>
      (businessId === null ? setPlatformAuditRetention : setAuditRetention)({ client, body: { months } }),
    onSuccess: onChanged,
  });
  const error = set.error === null ? null : sentenceOf(set.error);
  if (isCancelling)
    return (
      <Confirm
        title="Cancel the shorter policy"
        isOpen
        onClose={onClose}
        isDangerous={false}
        action="Keep the present policy"
        undo="It can be shortened again at any time, with notice."
        isPending={set.isPending}
        error={error}
        onConfirm={() => set.mutate(now)}
      >
        <p>Events go on to be kept {spanOf(now)}. Nothing is dropped by the policy that was coming.</p>
      </Confirm>
    );
  return (
    <Dialog title="Change the retention" isOpen onClose={onClose} isStaying={set.isPending}>
      <ChangeForm
        now={now}
        minimum={policy.minimum_months}
        isPending={set.isPending}
        error={error}
        onClose={onClose}
        onSet={(months) => set.mutate(months)}
      />
    </Dialog>
  );
}

interface ChangeFormProps {
  now: number | null;
  minimum: number;
  isPending: boolean;
  error: string | null;
  onClose: () => void;
  onSet: (months: number | null) => void;
}

function ChangeForm({ now, minimum, isPending, error, onClose, onSet }: ChangeFormProps) {
  const [kind, setKind] = useState<'ever' | 'months'>(now === null ? 'ever' : 'months');
  const [typed, setTyped] = useState(String(now ?? Math.max(24, minimum)));
  const count = /^\d{1,4}$/.test(typed) ? Number(typed) : null;
  const isGood = kind === 'ever' || (count !== null && count >= minimum && count <= MONTHS_MAX);
  const months = kind === 'ever' ? null : count;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isGood) onSet(months);
      }}
    >
      <Choices<'ever' | 'months'>
        label="Events are kept"
        value={kind}
        onChange={setKind}
        choices={[
          { value: 'ever', label: 'for ever' },
          { value: 'months', label: 'for whole months, not counting the present one' },
        ]}
      />
      {kind === 'months' && (
        <Field
          label="Months"
          inputMode="numeric"
          className="w-40"
          value={typed}
          onChange={setTyped}
          error={isGood ? undefined : `A number from ${minimum} to ${MONTHS_MAX}`}
        />
      )}
      {isGood && isShorter(months, now) && (
        <Notice tone="warn" title="This keeps less than now">
          It takes effect after a notice of some days, and can be cancelled until then. What is dropped after
          that cannot be brought back here.
        </Notice>
      )}
      {error !== null && <Notice tone="danger">{error}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onClose} isDisabled={isPending}>
          Cancel
        </Button>
        <Button type="submit" kind="primary" isPending={isPending} isDisabled={!isGood || months === now}>
          {isGood && isShorter(months, now) ? 'Shorten with notice' : 'Keep events longer'}
        </Button>
      </div>
    </form>
  );
}
