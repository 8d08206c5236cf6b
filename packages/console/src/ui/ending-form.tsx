import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { sentenceOf } from '../api/errors';
import { tokensInWords, type TokenCount } from '../api/use-token-count';
import { Button } from './button';
import { Done } from './done';
import type { ItemViewProps } from './item-dialog';
import { ReasonField } from './reason-field';
import { Notice } from './states';

interface EndingFormProps extends ItemViewProps {
  /** Who loses what. */
  children: ReactNode;
  /** How many tokens end; null: not known. */
  count: TokenCount | null;
  /** What can be done about it afterwards, and what cannot. */
  undo: string;
  /** "Remove": the button also says how many tokens are revoked. */
  action: string;
  /** Answers when they are refused everywhere. */
  end: (reason: string | null) => Promise<{ name: string; tokens_revoked: number }>;
  /** Said of the one who has lost it: "is disabled". */
  ended: string;
}

/** Ends somebody's or something's rights for good: what will happen, to how many, why; and then that it has. */
export function EndingForm({ children, count, undo, action, end, ended, ...view }: EndingFormProps) {
  const { onBack, onDone, onBusy } = view;
  const [reason, setReason] = useState('');
  const ending = useMutation({
    mutationFn: () => end(reason.trim() === '' ? null : reason.trim()),
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
  });
  if (ending.data !== undefined)
    return (
      <Done title={`${ending.data.name} ${ended}`} onDone={onDone}>
        {tokensInWords(ending.data.tokens_revoked)} revoked, and refused everywhere.
      </Done>
    );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        ending.mutate();
      }}
    >
      {children}
      <ReasonField value={reason} onChange={setReason} autoFocus />
      <p className="text-sm text-muted">{undo}</p>
      {ending.error !== null && <Notice tone="danger">{sentenceOf(ending.error)}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onBack} isDisabled={ending.isPending}>
          Back
        </Button>
        <Button type="submit" kind="danger" isPending={ending.isPending}>
          {action}, and revoke {tokensInWords(count)}
        </Button>
      </div>
    </form>
  );
}
