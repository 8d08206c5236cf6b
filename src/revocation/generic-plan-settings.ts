/**
 * Settings of the sessions of the protocol: their few statements are planned once, by index. What they ask for differs
 * so much from what the planner expects of parameters in general that it would plan them anew for each call. Without
 * an index, as with a table of one row, PostgreSQL before 18 calls a plan so costly that it would compile it.
 */
export const GENERIC_PLAN_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
};
