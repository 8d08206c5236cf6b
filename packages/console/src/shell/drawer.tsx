import type { ReactNode } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';

/** Where one may go, on a window that is too narrow to show it always. */
export default function Drawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <ModalOverlay
      isDismissable
      isOpen
      onOpenChange={(opened) => !opened && onClose()}
      className="fixed inset-0 z-40 bg-veil md:hidden"
    >
      <Modal className="h-full w-52">
        <Dialog aria-label="Screens" className="flex h-full outline-none">
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
