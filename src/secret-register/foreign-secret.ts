/** A pepper or signing key is not the one of this database. One sentence with the way out; ids, never a secret. */
export class ForeignSecret extends Error {
  override readonly name = 'ForeignSecret';
}

/** The pepper that is configured under this id is another one than tokens were stored under. */
export function otherPepper(id: string): ForeignSecret {
  return new ForeignSecret(
    `One of RESCIND_PEPPER and RESCIND_PEPPER_RETIRED has the id ${id}, but is not the pepper that this database knows by it: give the one that it had.`,
  );
}

export function missingPeppers(missing: readonly string[]): ForeignSecret {
  const named = missing.join(',');
  return new ForeignSecret(
    `The tokens of this database are stored under the pepper ${named}, which is neither RESCIND_PEPPER nor in RESCIND_PEPPER_RETIRED: give it in one of them, or, if nobody has it any more, set RESCIND_PEPPER_LOST=${named} and issue these tokens anew.`,
  );
}

export function otherSigningKey(current: string, own: string): ForeignSecret {
  return new ForeignSecret(
    `The signing key of this database is ${current}, and RESCIND_SIGNING_KEY is another (${own}): give all processes the same, or, to change it, set RESCIND_SIGNING_KEY_RETIRED=${current} as well.`,
  );
}
