import { useEffect } from 'react';
import { Store } from '../api/store';

const KEY = 'rescind.shortcuts';
const SEQUENCE_MS = 1500;

/** Whether single keys do something (WCAG 2.1.4: they can be turned off). Kept in this browser. */
export const shortcutsOn = new Store<boolean>(localStorage.getItem(KEY) !== 'off');

export function switchShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, 'off');
  shortcutsOn.set(on);
}

interface Shortcuts {
  onPalette: () => void;
  onHelp: () => void;
  /** After `g`. @returns whether it leads anywhere */
  onGo: (key: string) => boolean;
}

/** The keys of the whole console: Ctrl+K, and where nothing is being typed `/`, `?`, and `g` with a letter. */
export function useShortcuts({ onPalette, onHelp, onGo }: Shortcuts): void {
  useEffect(() => {
    let goUntil = 0;
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onPalette();
        return;
      }
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
      if (!isPlain || !shortcutsOn.get() || isTyping(event.target) || isInDialog()) return;
      if (event.key === 'g') goUntil = event.timeStamp + SEQUENCE_MS;
      else if (event.timeStamp < goUntil) {
        goUntil = 0;
        if (onGo(event.key)) event.preventDefault();
      } else if (event.key === '/') focusSearch(event);
      else if (event.key === '?') onHelp();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [onPalette, onHelp, onGo]);
}

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>('[data-main-search]');
  if (search === null) return;
  event.preventDefault();
  search.focus();
  search.select();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null
  );
}

function isInDialog(): boolean {
  return document.querySelector('[role=dialog], [role=alertdialog]') !== null;
}
