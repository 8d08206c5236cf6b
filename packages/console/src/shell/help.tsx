import { useStore } from '../api/store';
import { Dialog } from '../ui/dialog';
import { Checkbox } from '../ui/field';
import type { Destination } from './navigation';
import { shortcutsOn, switchShortcuts } from './shortcuts';

/** The keys, and the switch that turns off those that are single letters. */
export default function Help({
  destinations,
  onClose,
}: {
  destinations: readonly Destination[];
  onClose: () => void;
}) {
  const on = useStore(shortcutsOn);
  const keys: [string, string][] = [
    ['Ctrl K', 'Go to anything'],
    ['/', 'Search on this screen'],
    ['?', 'These keys'],
    ...destinations.map(({ key, label }): [string, string] => [`g ${key}`, label]),
  ];
  return (
    <Dialog title="Keyboard shortcuts" isOpen onClose={onClose}>
      <dl className="grid grid-cols-[5rem_1fr] gap-y-1.5 text-sm">
        {keys.map(([key, what]) => (
          <div key={key} className="contents">
            <dt className="flex gap-1">
              {key.split(' ').map((part) => (
                <kbd
                  key={part}
                  className="rounded border border-line bg-sunken px-1.5 font-mono text-xs leading-5"
                >
                  {part}
                </kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="text-sm text-muted">
        In a table the arrow keys move between rows, Enter opens one, and the space bar selects it.
      </p>
      <Checkbox isSelected={on} onChange={switchShortcuts}>
        Keys without Ctrl do something
      </Checkbox>
    </Dialog>
  );
}
