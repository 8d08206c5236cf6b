/** The addresses in a text with one a line; null: none, which stands for any. The API says which of them are wrong. */
export function addressesFrom(text: string): string[] | null {
  const addresses = text.split(/[\s,]+/).filter((each) => each !== '');
  return addresses.length === 0 ? null : addresses;
}
