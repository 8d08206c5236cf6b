/** Every member of `before` and of `after`, as the log tells a change: `name_before`, `name_after`. */
export function beforeAndAfter<Values extends object>(before: Values, after: Values) {
  const named = (when: 'before' | 'after', values: Values) =>
    Object.entries(values).map(([name, value]) => [`${name}_${when}`, value as unknown]);
  return Object.fromEntries([...named('before', before), ...named('after', after)]) as {
    [Name in keyof Values & string as `${Name}_before` | `${Name}_after`]: Values[Name];
  };
}

/** Without what was not given. */
export function given<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}
