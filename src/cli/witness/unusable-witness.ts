/** A file that the witness was given cannot be used; the message says in one sentence what to mend, and shows no key. */
export class UnusableWitness extends Error {}
