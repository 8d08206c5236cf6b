import type { ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { classNames } from './class-names';
import { Icon, type IconName } from './icon';
import { OPTION_CLASS } from './select';

interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName;
  /** Of a destructive action. */
  isDangerous?: boolean;
  isChecked?: boolean;
  onAction: () => void;
}

/** Actions behind a button. `trigger` is the button; groups are divided by a line. */
export function Menu({
  label,
  trigger,
  groups,
}: {
  label: string;
  trigger: ReactNode;
  groups: readonly MenuEntry[][];
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover offset={4} className="floating min-w-48 overflow-auto p-1">
        <AriaMenu aria-label={label} className="outline-none">
          {groups.flatMap((entries, group) => [
            ...(group > 0 ? [<Separator key={`line-${group}`} className="my-1 border-t border-line" />] : []),
            ...entries.map(({ id, label: name, icon, isDangerous, isChecked, onAction }) => (
              <MenuItem
                key={id}
                id={id}
                textValue={name}
                onAction={onAction}
                className={classNames(OPTION_CLASS, isDangerous && 'text-danger')}
              >
                {icon !== undefined && <Icon name={icon} />}
                <span className="grow">{name}</span>
                {isChecked === true && <Icon name="check" size={14} />}
              </MenuItem>
            )),
          ])}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
