/** What a verifier did is not what the scenario says. */
export class Deviation extends Error {}
