import { useState, type ReactNode } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { Field } from './field';
import { Notice } from './states';

interface ConfirmProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What will happen, and to how many. */
  children: ReactNode;
  /** What can be done about it afterwards; a plain word where nothing can. */
  undo: string;
  /** The verb on the button: "Revoke 14 tokens". */
  action: string;
  /** What has to be typed before the button works. */
  typed?: string;
  isDangerous?: boolean;
  isPending?: boolean;
  error?: string | null;
  onConfirm: () => void;
}

/** Asks before something that hurts. */
export function Confirm(props: ConfirmProps) {
  const { title, isOpen, onClose, isPending = false, children } = props;
  return (
    <Dialog title={title} role="alertdialog" isOpen={isOpen} onClose={onClose} isStaying={isPending}>
      <ConfirmBody {...props}>{children}</ConfirmBody>
    </Dialog>
  );
}

/** Inside the dialog, so that what was typed is gone when it closes. */
function ConfirmBody({
  children,
  undo,
  action,
  typed,
  isDangerous = true,
  isPending = false,
  error,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const [word, setWord] = useState('');
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed === undefined || word === typed) onConfirm();
      }}
    >
      <div className="flex flex-col gap-2">{children}</div>
      <p className="text-sm text-muted">{undo}</p>
      {typed !== undefined && (
        <Field
          label={`Type “${typed}” to confirm`}
          value={word}
          onChange={setWord}
          autoComplete="off"
          autoFocus
        />
      )}
      {error !== undefined && error !== null && <Notice tone="danger">{error}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onPress={onClose} isDisabled={isPending} autoFocus={typed === undefined}>
          Cancel
        </Button>
        <Button
          type="submit"
          kind={isDangerous ? 'danger' : 'primary'}
          isPending={isPending}
          isDisabled={typed !== undefined && word !== typed}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}
