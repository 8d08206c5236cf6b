/** A file of the witness cannot be used. The message says in one sentence what to fix, and contains no key. */
export class UnusableWitness extends Error {}
