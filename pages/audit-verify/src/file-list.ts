import { FILE_KINDS, guessKind, type FileKind } from './file-kinds.js';

interface Entry {
  file: File;
  kind: FileKind;
}

/** The files that were chosen, each with what it is taken for, which the reader may change. */
export class FileList {
  #entries: Entry[] = [];

  constructor(
    private readonly list: HTMLUListElement,
    private readonly onChange: () => void,
  ) {}

  get files(): readonly Entry[] {
    return this.#entries;
  }

  async add(files: Iterable<File>): Promise<void> {
    const added = await Promise.all([...files].map(async (file) => ({ file, kind: await guessKind(file) })));
    for (const entry of added) {
      this.#entries.push(entry);
      this.list.append(this.#rowOf(entry));
    }
    if (added.length > 0) this.onChange();
  }

  #rowOf(entry: Entry): HTMLLIElement {
    const { name } = entry.file;
    const row = document.createElement('li');
    const label = document.createElement('span');
    label.className = 'name';
    label.textContent = name;
    const select = document.createElement('select');
    select.ariaLabel = `What ${name} is`;
    for (const [kind, words] of Object.entries(FILE_KINDS))
      select.add(new Option(words, kind, false, kind === entry.kind));
    select.addEventListener('change', () => {
      entry.kind = select.value as FileKind;
      this.onChange();
    });
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.textContent = 'Remove';
    remove.ariaLabel = `Remove ${name}`;
    remove.addEventListener('click', () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector('button') ?? document.getElementById('files'))?.focus();
      this.onChange();
    });
    row.append(label, select, remove);
    return row;
  }
}
