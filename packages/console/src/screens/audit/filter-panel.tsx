import { useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { momentOf, writtenMoment } from '../../ui/moment-field';
import { Select } from '../../ui/select';
import { FILTERS, type Filter } from './filters';

type Words = Partial<Record<string, string>>;

export interface FilterPanelProps {
  words: Words;
  count: number;
  onApply: (words: Words) => void;
}

/** Behind a button: everything the log can be searched by. */
export function FilterPanel({ words, count, onApply }: FilterPanelProps) {
  return (
    <DialogTrigger>
      <Button icon="filter">{count === 0 ? 'Filter' : `Filter (${count})`}</Button>
      <Popover
        placement="bottom start"
        offset={4}
        className="floating max-h-[80vh] w-[58rem] max-w-[95vw] overflow-auto"
      >
        <Dialog aria-label="Filters" className="outline-none">
          {({ close }) => (
            <FilterForm
              words={words}
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

function FilterForm({ words, onApply }: Pick<FilterPanelProps, 'words' | 'onApply'>) {
  const [draft, setDraft] = useState(words);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      <div className="grid grid-cols-2 gap-5 p-4 lg:grid-cols-4">
        {FILTERS.map(({ title, filters }) => (
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

function FilterField({ filter: { label, kind, help, options = [] }, word, onChange }: FilterFieldProps) {
  if (kind === 'choice')
    return (
      <Select
        label={label}
        options={[{ value: '', label: 'any' }, ...options.map((value) => ({ value, label: value }))]}
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
        onChange={(local) => onChange(momentOf(local))}
      />
    );
  return (
    <Field
      label={label}
      description={help}
      inputMode={kind === 'number' ? 'numeric' : undefined}
      mono={kind === 'id'}
      autoComplete="off"
      value={word}
      onChange={onChange}
    />
  );
}
