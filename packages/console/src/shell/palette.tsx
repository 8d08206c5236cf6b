import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  Autocomplete,
  Dialog,
  Input,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  TextField,
} from 'react-aria-components';
import { clientOf } from '../api/client';
import { listBusinesses } from '../api/generated/sdk.gen';
import { useBusinessId, useMay } from '../api/session';
import { Icon, type IconName } from '../ui/icon';
import { OPTION_CLASS } from '../ui/select';
import { chooseTheme, shownTheme } from '../ui/theme';
import { signOut } from './leave';
import type { Destination } from './navigation';

interface Entry {
  id: string;
  label: string;
  hint: string;
  icon: IconName;
  onAction: () => void;
}

const BUSINESSES_MAX = 8;

export interface PaletteProps {
  destinations: readonly Destination[];
  onGo: (path: string) => void;
  onClose: () => void;
}

/** Everything that can be reached, by a few letters of its name. */
export default function Palette({ destinations, onGo, onClose }: PaletteProps) {
  const [words, setWords] = useState('');
  const own = useOwnEntries(destinations, onGo);
  const businesses = useBusinessEntries(words, onGo);
  const entries = [...own.filter(({ label }) => matches(label, words)), ...businesses];
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => !open && onClose()}
      className="fixed inset-0 z-50 flex items-start justify-center bg-veil p-4 pt-[14vh]"
    >
      <Modal className="floating w-full max-w-md overflow-hidden">
        <Dialog aria-label="Go to" className="outline-none">
          <Autocomplete inputValue={words} onInputChange={setWords}>
            <TextField
              aria-label="Go to"
              autoFocus
              className="flex items-center gap-2 border-b border-line px-3"
            >
              <Icon name="search" className="shrink-0 text-muted" />
              <Input
                placeholder="Go to a screen, or do something"
                className="h-11 grow bg-transparent text-base outline-none placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
              />
            </TextField>
            <ListBox
              aria-label="Where to go"
              items={entries}
              className="max-h-80 overflow-auto p-1 outline-none"
              renderEmptyState={() => <p className="p-3 text-sm text-muted">Nothing has that name.</p>}
            >
              {({ id, label, hint, icon, onAction }) => (
                <ListBoxItem
                  id={id}
                  textValue={label}
                  className={OPTION_CLASS}
                  onAction={() => {
                    onClose();
                    onAction();
                  }}
                >
                  <Icon name={icon} className="shrink-0 text-muted" />
                  <bdi className="grow truncate">{label}</bdi>
                  <span className="text-xs text-muted">{hint}</span>
                </ListBoxItem>
              )}
            </ListBox>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The screens of where one is, and what can be done everywhere. */
function useOwnEntries(destinations: readonly Destination[], onGo: (path: string) => void): Entry[] {
  const may = useMay();
  const businessId = useBusinessId();
  const other = shownTheme.get() === 'dark' ? 'light' : 'dark';
  const screens = destinations.map(({ label, icon, path, key }): Entry => {
    return { id: path, label, icon, hint: `g ${key}`, onAction: () => onGo(path) };
  });
  const issue: Entry = {
    id: 'issue',
    label: 'Issue a token',
    icon: 'plus',
    hint: '',
    onAction: () => onGo(`/b/${businessId}/tokens/new`),
  };
  const platform: Entry = {
    id: 'platform',
    label: 'Platform',
    icon: 'overview',
    hint: '',
    onAction: () => onGo('/platform/overview'),
  };
  return [
    ...screens,
    ...(businessId !== null && may('rescind:tokens:write') ? [issue] : []),
    ...(businessId !== null && may('rescind:platform:admin') ? [platform] : []),
    {
      id: 'theme',
      label: `Use the ${other} colours`,
      icon: other === 'dark' ? 'moon' : 'sun',
      hint: '',
      onAction: () => chooseTheme(other),
    },
    { id: 'sign-out', label: 'Sign out', icon: 'sign-out', hint: '', onAction: () => void signOut() },
  ];
}

/** For the platform: businesses by their name. */
function useBusinessEntries(words: string, onGo: (path: string) => void): Entry[] {
  const isPlatform = useMay()('rescind:platform:admin');
  const name = words.trim();
  const { data } = useQuery({
    queryKey: ['platform', 'businesses', 'named', name],
    queryFn: ({ signal }) =>
      listBusinesses({ client: clientOf(null), query: { name, limit: BUSINESSES_MAX }, signal }),
    enabled: isPlatform && name !== '',
    placeholderData: (before) => before,
  });
  if (!isPlatform || name === '') return [];
  return (data?.items ?? []).map(({ id, name: label, slug }) => {
    return { id, label, hint: slug, icon: 'business', onAction: () => onGo(`/b/${id}/overview`) };
  });
}

/** Every word of the question begins a word of the name. */
function matches(label: string, words: string): boolean {
  const names = label.toLowerCase().split(/\s+/);
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => names.some((name) => name.startsWith(word)));
}
