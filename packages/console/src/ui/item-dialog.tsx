import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useBusinessId } from '../api/session';
import { Dialog } from './dialog';
import { QueryView } from './query-view';

/** What a view of an item can do with the dialog that it is in. */
export interface ItemViewProps {
  /** Back to the facts. */
  onBack: () => void;
  /** It is done: the dialog closes. */
  onDone: () => void;
  /** While a change is under way the dialog stays. */
  onBusy: (isBusy: boolean) => void;
}

interface ItemDialogProps<Item, View extends string> {
  /** Of each view; that of `facts` is seen first. */
  titles: Record<View | 'facts', string>;
  /** Behind the business. */
  queryKey: readonly string[];
  read: (signal: AbortSignal) => Promise<Item>;
  /** While it is being read. */
  label: string;
  onClose: () => void;
  children: (shown: {
    item: Item;
    view: View | 'facts';
    onView: (view: View) => void;
    /** Everything of the business is read again. */
    onChanged: () => void;
    props: ItemViewProps;
  }) => ReactNode;
}

/** One thing of a business: what is known of it, and what can be done, each in a view of its own. */
export function ItemDialog<Item, View extends string>(props: ItemDialogProps<Item, View>) {
  const { titles, queryKey, read, label, onClose, children } = props;
  const businessId = useBusinessId();
  const queries = useQueryClient();
  const [view, setView] = useState<View | 'facts'>('facts');
  const [isBusy, setBusy] = useState(false);
  const query = useQuery({ queryKey: [businessId, ...queryKey], queryFn: ({ signal }) => read(signal) });
  const onChanged = () => void queries.invalidateQueries({ queryKey: [businessId] });
  const onDone = () => {
    onChanged();
    onClose();
  };
  return (
    <Dialog title={titles[view]} isOpen onClose={onClose} isStaying={isBusy}>
      <QueryView query={query} label={label}>
        {(item) =>
          children({
            item,
            view,
            onView: setView,
            onChanged,
            props: { onBack: () => setView('facts'), onDone, onBusy: setBusy },
          })
        }
      </QueryView>
    </Dialog>
  );
}
