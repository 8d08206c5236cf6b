import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';

interface TabEntry<Id extends string> {
  id: Id;
  label: ReactNode;
  content: ReactNode;
}

/** Panels of which one is seen. Which one belongs into the address: `selected` and `onSelect`. */
export function Tabs<Id extends string>({
  label,
  tabs,
  selected,
  onSelect,
}: {
  label: string;
  tabs: readonly TabEntry<Id>[];
  selected: Id;
  onSelect: (id: Id) => void;
}) {
  return (
    <AriaTabs selectedKey={selected} onSelectionChange={(key) => onSelect(key as Id)}>
      <TabList aria-label={label} className="flex gap-4 border-b border-line">
        {tabs.map(({ id, label: name }) => (
          <Tab
            key={id}
            id={id}
            className="-mb-px cursor-pointer border-b-2 border-transparent px-0.5 py-1.5 text-sm text-muted data-hovered:text-ink data-selected:border-accent data-selected:font-medium data-selected:text-ink"
          >
            {name}
          </Tab>
        ))}
      </TabList>
      {tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className="pt-4 outline-none">
          {content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
