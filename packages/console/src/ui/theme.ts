import { Store } from '../api/store';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'rescind.theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** What the reader has chosen; the choice is kept in this browser. */
export const themeChoice = new Store<ThemeChoice>(storedChoice());

/** What is shown: the choice, or what the system prefers. */
export const shownTheme = new Store<'light' | 'dark'>(shown());

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, choice);
  themeChoice.set(choice);
  applyTheme();
}

/** Before anything is drawn, and whenever the system changes its mind. */
export function applyTheme(): void {
  const choice = themeChoice.get();
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
  shownTheme.set(shown());
}

prefersDark.addEventListener('change', applyTheme);

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function shown(): 'light' | 'dark' {
  const choice = themeChoice.get();
  if (choice !== 'system') return choice;
  return prefersDark.matches ? 'dark' : 'light';
}
