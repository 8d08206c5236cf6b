import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { IconButton } from './button';
import { classNames } from './class-names';

interface DialogProps {
  title: ReactNode;
  isOpen: boolean;
  /** Asked to close: Escape, the cross, a click beside it. */
  onClose: () => void;
  /** It closes by its own buttons only: something would be lost otherwise, or is under way. */
  isStaying?: boolean;
  /** `wide` for a table or a receipt. */
  size?: 'normal' | 'wide';
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
  /** The buttons, the main one last. */
  footer?: ReactNode;
}

/** Something to be decided or read before anything else. Focus stays inside and goes back to where it was. */
export function Dialog({
  title,
  isOpen,
  onClose,
  isStaying = false,
  size = 'normal',
  role,
  children,
  footer,
}: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!isStaying}
      isKeyboardDismissDisabled={isStaying}
      className="fixed inset-0 z-40 flex items-start justify-center overflow-auto bg-veil p-4 pt-[10vh]"
    >
      <Modal className={classNames('floating w-full', size === 'wide' ? 'max-w-3xl' : 'max-w-lg')}>
        <AriaDialog role={role} className="flex max-h-[80vh] flex-col outline-none">
          <header className="flex items-center justify-between gap-4 border-b border-line py-2 pl-4 pr-2">
            <Heading slot="title" className="min-w-0 truncate text-lg font-semibold">
              {title}
            </Heading>
            {isStaying ? (
              <span className="h-8" />
            ) : (
              <IconButton icon="close" label="Close" onPress={onClose} />
            )}
          </header>
          <div className="flex flex-col gap-4 overflow-auto p-4">{children}</div>
          {footer !== undefined && (
            <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
