import { useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { Select } from '../../ui/select';
import { FILTERS, type Filter } from './filters';

type Words = Partial<Record<string, string>>;

/** Behind a button: everything the list can be searched by. */
export function FilterPanel({
  words,
  count,
  onApply,
}: {
  words: Words;
  count: number;
  onApply: (words: Words) => void;
}) {
  return (
    <DialogTrigger>
      <Button icon="filter">{count === 0 ? 'Filter' : `Filter (${count})`}</Button>
      <Popover
        placement="bottom start"
        offset={4}
        className="floating max-h-[80vh] w-[46rem] max-w-[95vw] overflow-auto"
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

function FilterForm({ words, onApply }: { words: Words; onApply: (words: Words) => void }) {
  const [draft, setDraft] = useState(words);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      <div className="grid gap-5 sm:grid-cols-3 p-4">
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

/** One filter, typed as its kind is. */
export function FilterField({
  filter,
  word,
  onChange,
}: {
  filter: Filter;
  word: string;
  onChange: (word: string) => void;
}) {
  const { label, kind, help, options } = filter;
  if (kind === 'choice')
    return (
      <Select
        label={label}
        options={[{ value: '', label: 'any' }, ...(options ?? [])]}
        value={word}
        onChange={onChange}
      />
    );
  if (kind === 'moment')
    return (
      <Field
        label={label}
        type="datetime-local"
        value={localOf(word)}
        onChange={(local) => onChange(local === '' ? '' : new Date(local).toISOString())}
      />
    );
  return (
    <Field
      label={label}
      description={help}
      type={kind === 'number' ? 'number' : 'text'}
      mono={kind === 'id'}
      rows={kind === 'lines' ? 2 : undefined}
      autoComplete="off"
      value={word}
      onChange={onChange}
    />
  );
}

/** A moment as the browser's own field wants it, in the reader's zone. */
function localOf(word: string): string {
  const moment = new Date(word);
  if (word === '' || Number.isNaN(moment.getTime())) return '';
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
