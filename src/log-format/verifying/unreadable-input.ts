/** The input is missing, cannot be read, or is not what it should be. */
export class UnreadableInput extends Error {}
