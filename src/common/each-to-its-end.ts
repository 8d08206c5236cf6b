/**
 * Does `work` for each of `items`, at most `atOnce` at a time, and for all of them whatever becomes of one: where they belong to
 * several businesses, what holds up or fails one of them keeps no other waiting for good.
 * @returns the results, in the order of `items`
 * @throws the error of the first item that failed, once all have been tried
 */
export async function eachToItsEnd<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const settled = new Array<PromiseSettledResult<Result>>(items.length);
  const remaining = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of remaining) [settled[index]] = await Promise.allSettled([work(item)]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
