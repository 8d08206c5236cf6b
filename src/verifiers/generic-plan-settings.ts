/**
 * Settings of the sessions of the protocol: their few statements are planned once, by index. Their parameters differ so
 * much from what the planner expects that it would plan them anew for each call. For a table without a usable index,
 * such as one of a single row, PostgreSQL before 18 estimates such a high cost that it would start JIT compilation.
 */
export const GENERIC_PLAN_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
};
