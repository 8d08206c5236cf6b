/** As documented in slowness.mjs. */
export function slowness(): number;
