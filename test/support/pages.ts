import type { Api } from './api.js';

interface Item {
  id: string;
  name: string;
}

interface Page {
  items: Item[];
  next_cursor: string | null;
  prev_cursor: string | null;
  has_next: boolean;
  has_prev: boolean;
}

type Query = Record<string, string | number | boolean>;

const PAGES_MAX = 200;

/** Walks a list from its first page to its last, and calls `between` after each page. */
export async function readForwards(
  api: Api,
  path: string,
  query: Query,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ items: Item[]; last: Page }> {
  const items: Item[] = [];
  let cursor: Query = {};
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { body: page } = await api.get<Page>(path, { ...query, ...cursor });
    items.push(...page.items);
    if (page.has_next !== (page.next_cursor !== null)) throw new Error('has_next and next_cursor differ');
    if (page.next_cursor === null) return { items, last: page };
    cursor = { cursor: page.next_cursor };
    await between();
  }
  throw new Error(`the list did not end within ${PAGES_MAX} pages`);
}

/** Walks back from `page` to the first page; the items come in the order of the list. */
export async function readBackwards(
  api: Api,
  path: string,
  query: Query,
  page: Page,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Item[]> {
  const items = [...page.items];
  let cursor = page.prev_cursor;
  for (let pages = 0; cursor !== null && pages < PAGES_MAX; pages++) {
    const { body } = await api.get<Page>(path, { ...query, cursor, direction: 'prev' });
    items.unshift(...body.items);
    cursor = body.prev_cursor;
    await between();
  }
  return items;
}
