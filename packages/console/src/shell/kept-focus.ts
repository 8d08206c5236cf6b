import { useEffect } from 'react';

/**
 * What has the focus may go away: a button whose action is done, the button that a closed dialog would give it back to. The
 * next key is then for the dialog that is open, or for the screen, and not for the beginning of the page.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let focused: Element | null = null;
    const note = ({ target }: FocusEvent) => (focused = target instanceof Element ? target : null);
    const look = () => {
      if (focused === null || focused.isConnected) return;
      focused = null;
      whenGiven(keep);
    };
    const changes = new MutationObserver(look);
    changes.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', note);
    return () => {
      changes.disconnect();
      document.removeEventListener('focusin', note);
    };
  }, []);
}

/** Does something once whoever takes the focus away has given it to something else: dialogs and fields do so a frame later. */
export function whenGiven(act: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(act));
}

function keep(): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  const dialogs = document.querySelectorAll<HTMLElement>('[role=dialog], [role=alertdialog]');
  (dialogs.item(dialogs.length - 1) ?? document.getElementById('content'))?.focus({ preventScroll: true });
}
