import { useState, type ReactNode } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { Field } from './field';
import { Notice } from './states';

interface ReasonDialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What will happen, and to how many. */
  children: ReactNode;
  /** What can be done about it afterwards; a plain word where nothing can. */
  undo: string;
  action: string;
  isDangerous?: boolean;
  isReasonRequired?: boolean;
  isPending: boolean;
  error: string | null;
  /** `reason` is null where none was given. */
  onConfirm: (reason: string | null) => void;
}

/** Asks before something that hurts, and why it is done: the log keeps the answer. */
export function ReasonDialog({ title, isOpen, onClose, isPending, ...form }: ReasonDialogProps) {
  return (
    <Dialog title={title} role="alertdialog" isOpen={isOpen} onClose={onClose} isStaying={isPending}>
      <ReasonForm {...form} isPending={isPending} onClose={onClose} />
    </Dialog>
  );
}

/** Inside the dialog, so that what was typed is gone when it closes. */
function ReasonForm({
  children,
  undo,
  action,
  isDangerous = true,
  isReasonRequired = false,
  isPending,
  error,
  onClose,
  onConfirm,
}: Omit<ReasonDialogProps, 'title' | 'isOpen'>) {
  const [reason, setReason] = useState('');
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPending) onConfirm(reason.trim() === '' ? null : reason.trim());
      }}
    >
      <div className="flex flex-col gap-2">{children}</div>
      <Field
        label="Reason"
        isRequired={isReasonRequired}
        description="Kept for good, in the audit log."
        value={reason}
        onChange={setReason}
        maxLength={1024}
        autoComplete="off"
        autoFocus
      />
      <p className="text-sm text-muted">{undo}</p>
      {error !== null && <Notice tone="danger">{error}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onClose} isDisabled={isPending}>
          Cancel
        </Button>
        <Button
          type="submit"
          kind={isDangerous ? 'danger' : 'primary'}
          isPending={isPending}
          isDisabled={isReasonRequired && reason.trim() === ''}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}
