/** Faults that no search finds, each with the reason why none of them can make a verifier answer wrongly. */
export const HARMLESS: Record<string, string> = {
  'facts[c] = 0; subLease[c] = 0; evictions[c] = 0; grant[c] = 0; later[c] = 0; reset[c] = false; waited[c] = 0; => facts[c] = 0; subLease[c] = 0; evictions[c] = 0; skip; later[c] = 0; reset[c] = false; waited[c] = 0;':
    'an eviction is put behind what was left there, and is not delivered. No grant is either: the child is waited out',
  'registered[s] = false; sameRun[s] = false; position[s] = 0; lease[s] = 0; => registered[s] = false; sameRun[s] = false; position[s] = 0; skip;':
    'its memory is emptied, and what fills it is of the new registration, whose row is waited for longer than the old lease lasts',
  'registered[s] = true; sameRun[s] = true; position[s] = visibleTo(s); => registered[s] = true; sameRun[s] = true; skip;':
    'it reads again what it has never remembered, and confirms it later: it is waited for longer',
  'asked[s] = false; answer[s] = 0; earned[s] = 0; sameRun[s] = false; => asked[s] = false; answer[s] = 0; skip; sameRun[s] = false;':
    'nothing reads it before the next round sets it',
  ':: else -> appliedOf(s) = confirmed; printf("server %d confirms %d\\n", s, confirmed) => :: else -> skip; printf("server %d confirms %d\\n", s, confirmed)':
    'its next round confirms the same: it is waited for longer',
  'up[s] && registered[s] && rowOf(s) && ofThisRun(s) && grace == 0; => up[s] && registered[s] && ofThisRun(s) && grace == 0;':
    'its own state is looked at directly, and the rows of the others are of its own run. A registry that is a copy, which the guard is for, is not in the model',
  'primary[s] != current && !asked[s]; => primary[s] != current && asked[s];':
    'another moment to reach the new primary: the run is another one at each',
  'registered[s] = true; sameRun[s] = true; position[s] = visibleTo(s); memory[s] = without(ALL, visibleTo(s)); => registered[s] = true; sameRun[s] = true; skip; memory[s] = without(ALL, visibleTo(s));':
    'reached with the deliberate mistake OLD_LEASE_TAKEN_OVER only',
  'home[k] = NOBODY; evictions[k] = 0; grant[k] = 0; later[k] = 0; reset[k] = false; => home[k] = NOBODY; evictions[k] = 0; grant[k] = 0; skip; reset[k] = false;':
    'what is in the stream is delivered after an eviction, and its stream is emptied before the next one',
  'c == 0 && owed > 0; => c > 0 && owed > 0;': 'the same step, taken by another of its processes',
  'emptied = true; facts[0] = 0; subLease[0] = 0; evictions[0] = 0; grant[0] = 0; later[0] = 0; owed = 0; => emptied = true; facts[0] = 0; subLease[0] = 0; evictions[0] = 0; skip; later[0] = 0; owed = 0;':
    'its stream is emptied before anything is in it again',
  ':: d_step { home[c] != 0 && up[0]; begin_anew(c); home[c] = 0; printf("child %d connects to server 0\\n", c); done() } => :: d_step { home[c] != 0 && up[0]; begin_anew(c); skip; printf("child %d connects to server 0\\n", c); done() }':
    'it connects anew to the server that it had',
  ':: lost -> committed = 0; answered = 0; burnt = 0; visible[0] = 0 => :: lost -> skip; answered = 0; burnt = 0; visible[0] = 0':
    'a lost revocation cannot be made again: fewer schedules, and those that are left are right',
  'promotions--; unflushed = false; => promotions--; skip;':
    'no commit is durable after such a promotion: fewer schedules, and those that are left are right',
};
