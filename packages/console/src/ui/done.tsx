import type { ReactNode } from 'react';
import { Button } from './button';
import { Notice } from './states';

interface DoneProps {
  title: string;
  /** What holds from now on. */
  children: ReactNode;
  onDone: () => void;
}

/** The last view of a dialog: that it is done, and the way out. */
export function Done({ title, children, onDone }: DoneProps) {
  return (
    <>
      <Notice tone="good" title={title}>
        {children}
      </Notice>
      <div className="flex justify-end">
        <Button kind="primary" autoFocus onPress={onDone}>
          Close
        </Button>
      </div>
    </>
  );
}
