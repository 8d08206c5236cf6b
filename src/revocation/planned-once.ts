/**
 * Settings of the sessions of the protocol: their few statements are planned once, by index. What they ask for differs
 * so much from what the planner expects of parameters in general that it would plan them anew for each call.
 */
export const PLANNED_ONCE = { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' };
