import { useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { holdsSecret, SECRET_TYPED } from '../api/secrets';
import { Button } from './button';
import { Field } from './field';
import { parseLocalTime, writtenMoment } from './moment-field';
import { Select } from './select';

type Words = Partial<Record<string, string>>;

/** How a filter is typed. `lines` and `words` are several values. */
export type FilterKind = 'text' | 'id' | 'words' | 'lines' | 'moment' | 'number' | 'choice';

/** Something that a list can be searched by; `key` is its name in the address and in the API. */
export interface Filter<Key extends string = string> {
  key: Key;
  label: string;
  kind: FilterKind;
  help?: string;
  /** Of a choice. */
  options?: readonly { value: string; label: string }[];
}

export interface FilterGroup<Key extends string = string> {
  title: string;
  filters: readonly Filter<Key>[];
}

interface FilterPanelProps {
  groups: readonly FilterGroup[];
  words: Words;
  /** How many are set. */
  count: number;
  /** Beside each other, where there is room. */
  columns: 3 | 4;
  onApply: (words: Words) => void;
}

const WIDTHS = { 3: 'w-[46rem]', 4: 'w-[58rem]' };
const COLUMNS = { 3: 'sm:grid-cols-3', 4: 'grid-cols-2 lg:grid-cols-4' };

/** Behind a button: everything that a list can be searched by. */
export function FilterPanel({ count, onApply, ...form }: FilterPanelProps) {
  return (
    <DialogTrigger>
      <Button icon="filter">{count === 0 ? 'Filter' : `Filter (${count})`}</Button>
      <Popover
        placement="bottom start"
        offset={4}
        className={`floating max-h-[80vh] ${WIDTHS[form.columns]} max-w-[95vw] overflow-auto`}
      >
        <Dialog aria-label="Filters" className="outline-none">
          {({ close }) => (
            <FilterForm
              {...form}
              onApply={(chosen) => {
                onApply(chosen);
                close();
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function FilterForm({ groups, words, columns, onApply }: Omit<FilterPanelProps, 'count'>) {
  const [draft, setDraft] = useState(words);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      <div className={`grid gap-5 p-4 ${COLUMNS[columns]}`}>
        {groups.map(({ title, filters }) => (
          <fieldset key={title} className="flex min-w-0 flex-col gap-3">
            <legend className="mb-2 text-sm font-semibold">{title}</legend>
            {filters.map((filter) => (
              <FilterField
                key={filter.key}
                filter={filter}
                word={draft[filter.key] ?? ''}
                onChange={(word) => setDraft({ ...draft, [filter.key]: word === '' ? undefined : word })}
              />
            ))}
          </fieldset>
        ))}
      </div>
      <footer className="sticky bottom-0 flex justify-end gap-2 border-t border-line bg-surface px-4 py-3">
        <Button kind="quiet" onPress={() => onApply({})}>
          Clear all
        </Button>
        <Button type="submit" kind="primary">
          Apply
        </Button>
      </footer>
    </form>
  );
}

interface FilterFieldProps {
  filter: Filter;
  word: string;
  onChange: (word: string) => void;
}

/** One filter, typed as its kind is. */
export function FilterField({ filter, word, onChange }: FilterFieldProps) {
  const { label, kind, help, options = [] } = filter;
  if (kind === 'choice')
    return (
      <Select
        label={label}
        options={[{ value: '', label: 'any' }, ...options]}
        value={word}
        onChange={onChange}
      />
    );
  if (kind === 'moment')
    return (
      <Field
        label={label}
        type="datetime-local"
        value={writtenMoment(word)}
        onChange={(local) => onChange(parseLocalTime(local))}
      />
    );
  return (
    <Field
      label={label}
      description={help}
      error={holdsSecret(word) ? SECRET_TYPED : undefined}
      type={kind === 'number' ? 'number' : 'text'}
      mono={kind === 'id'}
      rows={kind === 'lines' ? 2 : undefined}
      autoComplete="off"
      value={word}
      onChange={onChange}
    />
  );
}
