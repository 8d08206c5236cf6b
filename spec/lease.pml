/*
 * The lease protocol of ADR 0003 and ADR 0060, for Spin 6. What each part stands for, and what is assumed: README.md.
 *
 * A set of revocations is a byte with a bit for each; revocation r has transaction id r and names token r. A clock counts down in ticks
 * of true time. The slowest owner and the fastest observer are the worst pair, and the only one here: what an owner's own clock
 * calls N ticks lasts N + 1, and what an observer waits for N ticks lasts N (README.md, "Time").
 */

/* Sizes; spec/configurations.mjs sets others. */
#ifndef SERVERS
#define SERVERS 2
#endif
#ifndef CHILDREN
#define CHILDREN 1
#endif
#ifndef REVOCATIONS
#define REVOCATIONS 1
#endif
/* How often each fault may happen, 0 or 1. */
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef RESTORES
#define RESTORES 0
#endif
#ifndef PROMOTIONS
#define PROMOTIONS 0
#endif
#ifndef LOSSES /* promotions of an asynchronous standby, the old primary fenced */
#define LOSSES 0
#endif
#ifndef KILLS /* of a server's process */
#define KILLS 0
#endif
#ifndef RELAY /* 1: child 0 passes sub-leases on to child 1 */
#define RELAY 0
#endif
#ifndef MOVES /* 1: children connect to any server, one after the other; 0: each to the one that HOME says */
#define MOVES 0
#endif
#ifndef HOME
#define HOME(c) ((c) % SERVERS)
#endif
#ifndef MISTAKE
#define MISTAKE NONE
#endif

/* The deliberate mistakes. */
#define NONE 0
#define DRIFT_LEFT_OUT 1
#define ACKNOWLEDGED_BEFORE_FORGETTING 2
#define EXPELLED_WITHOUT_WAITING 3
#define LONGER_LEASE_FORGOTTEN 4
#define ID_OF_ANOTHER_RUN_BELIEVED 5
#define REPEAT_ANSWERED_AT_ONCE 6
#define SNAPSHOT_REPLACED_BY_IDS 7
#define LATE_COMMIT_NOT_WAITED_FOR 8
#define CHILD_GRANTED_MORE 9
#define EXPELLED_GOES_ON 10
#define OLD_LEASE_TAKEN_OVER 11
#define ASYNCHRONOUS_STANDBY_BELIEVED 12
#define LEASE_COUNTED_FROM_ANSWER 13
#define CHILDREN_NOT_WAITED_FOR 14
#define GRANT_OVERTAKES_EVICTION 15
#define REGISTERED_BESIDE_SUB_LEASES 16
#define CUT_OFF_PRIMARY_RENEWS 17
#define CUT_OFF_PRIMARY_READ_WITHOUT_LEASE 18
#define LOOK_UP_NOT_CANCELLED 19
#define RELAY_ACKNOWLEDGES_FOR_ITS_CHILDREN 20
#define ENDED_LEASE_GIVEN_BACK 21
#define SUB_LEASES_OUTLAST_THE_ENDED_LEASE 22

#define PRIMARIES (1 + PROMOTIONS)
#define ALL ((1 << REVOCATIONS) - 1)
#define NOBODY SERVERS

/* A lease of one tick; where a registry can be lost, the last server has one of two (a longer RESCIND_LEASE_MS). */
#define LEASE 1
#define LEASE_OF(s) (LEASE + ((RESTORES + LOSSES > 0 && s == SERVERS - 1) -> 1 : 0))
#define LEASE_LONGEST LEASE_OF(SERVERS - 1)
/* What the slowest clock adds, and the margin that has to cover it. */
#define SLOWEST(ticks) ((ticks) + 1)
#define MARGIN ((MISTAKE == DRIFT_LEFT_OUT) -> 0 : 1)
#define WAIT_FOR(ticks) ((ticks) + MARGIN)

#define bit(r) (1 << (r))
#define without(set, other) ((set) & (ALL - ((other) & ALL)))

/* Transactions of revocations: in progress, committed, answered; and those whose id was used and left nothing. */
byte open, committed, answered, burnt;
/* What is committed, as each primary shows it. */
byte visible[PRIMARIES];
/* A transaction that is not flushed yet has the next id: a crash gives that id to another one. */
bool unflushed;

/* The registry, in each primary: whether a server has a row, and the snapshot in it. */
bool row[PRIMARIES * SERVERS];
byte applied[PRIMARIES * SERVERS];
/* Until an observer may expel the server: all observers see a round when it is committed. */
byte unchanged[SERVERS];
/* Until a barrier completes anything again, after the registry may have lost rows. */
byte grace;

/* Servers. */
bool up[SERVERS];
bool registered[SERVERS];
bool sameRun[SERVERS]; /* the database is still in the run in which it registered, and the round in its row is the one it knows */
byte primary[SERVERS]; /* the one that its sessions lead to */
byte lease[SERVERS];
byte memory[SERVERS]; /* the tokens that it takes for active */
byte position[SERVERS]; /* the snapshot up to which it has read and forgotten */
bool asked[SERVERS]; /* the answer to a round is on its way: */
byte answer[SERVERS]; /* the snapshot in it */
byte earned[SERVERS]; /* and what is left of the lease that it earned */
#if MISTAKE == LATE_COMMIT_NOT_WAITED_FOR
byte passed[SERVERS]; /* was in progress when it read */
#endif

#if CHILDREN > 0
/* Client verifiers, and what their servers know of them. With a relay, child 0 is connected to a server and the others to child 0. */
byte home[CHILDREN];
byte subLease[CHILDREN];
byte facts[CHILDREN]; /* the tokens that it takes for active */
byte evictions[CHILDREN]; /* in its stream: before the grant, */
byte grant[CHILDREN]; /* the grant, and what is left of it, */
byte later[CHILDREN]; /* after the grant, */
bool reset[CHILDREN]; /* and a reset after all of them */
byte waited[CHILDREN]; /* until the last of its sub-leases has ended */
byte held[CHILDREN * REVOCATIONS]; /* until the transaction is no longer held back for it */
#if RELAY
byte owed; /* what the relay has forgotten and not acknowledged: its own children may remember */
bool emptied; /* the relay has applied a reset and not acknowledged it */
#endif
#endif

byte crashes = CRASHES, restores = RESTORES, promotions = PROMOTIONS, losses = LOSSES, kills = KILLS;

/* Only within a step: no part of the state. Spin's search by breadth knows no `hidden`, so each step clears them. */
#ifdef BY_BREADTH
#define WITHIN_STEP byte
#else
#define WITHIN_STEP hidden byte
#endif
WITHIN_STEP i, k, r, news, confirmed, ticks, ready, waits, stale;
inline done() {
  i = 0; k = 0; r = 0; news = 0; confirmed = 0; ticks = 0; ready = 0; waits = 0; stale = 0
}

#define current ((PROMOTIONS > 0 && promotions == 0) -> 1 : 0)
#define rowOf(s) row[primary[s] * SERVERS + s]
#define appliedOf(s) applied[primary[s] * SERVERS + s]
#define visibleTo(s) visible[primary[s]]
#define nextId ((((open | committed | burnt) + 1) & ~(open | committed | burnt)) & ALL)
/* A commit that waits for the disk, and for the standbys that are configured: a primary that was cut off has none. */
#define durable(s) (!unflushed && primary[s] == current)
#define ofThisRun(s) (sameRun[s] || MISTAKE == ID_OF_ANOTHER_RUN_BELIEVED)
#if RELAY
#define isOf(c, s) (c == 0 && home[c] == s)
#else
#define isOf(c, s) (home[c] == s)
#endif

/* R1: once the revocation of a token has been answered, no server and no child answers "active" for it. */
inline check() {
  stale = false;
  for (i : 0 .. SERVERS - 1) {
    if
    :: lease[i] > 0 && (memory[i] & answered) -> stale = true; printf("    server %d answers ACTIVE\n", i)
    :: else
    fi;
#if PROMOTIONS > 0
    /* A look-up in a primary that was cut off: accepted under a lease only. */
    if
    :: up[i] && primary[i] != current && (answered & ~visible[primary[i]]) &&
       (lease[i] > 0 || MISTAKE == CUT_OFF_PRIMARY_READ_WITHOUT_LEASE) ->
      stale = true; printf("    server %d answers ACTIVE, as the old primary says\n", i)
    :: else
    fi
#endif
  }
#if CHILDREN > 0
  for (i : 0 .. CHILDREN - 1) {
    if
    :: subLease[i] > 0 && (facts[i] & answered) -> stale = true; printf("    child %d answers ACTIVE\n", i)
    :: else
    fi
  }
#endif
  assert(!stale)
}

/* What server s may confirm: what it has read, without what it holds back for its children. */
inline confirm_of(s) {
  confirmed = position[s];
#if CHILDREN > 0 && MISTAKE != CHILDREN_NOT_WAITED_FOR
  for (i : 0 .. CHILDREN - 1) {
    for (r : 0 .. REVOCATIONS - 1) {
      if
      :: isOf(i, s) && held[i * REVOCATIONS + r] > 0 -> confirmed = without(confirmed, bit(r))
      :: else
      fi
    }
  }
#endif
}

/* Whether a child of server s may hold a sub-lease. */
inline sub_leases_of(s) {
  waits = false;
#if CHILDREN > 0
  for (i : 0 .. CHILDREN - 1) {
    if
    :: isOf(i, s) && waited[i] > 0 -> waits = true
    :: else
    fi
  }
#endif
}

#if CHILDREN > 0
/* Tells child c to forget `news`, if it was told of it; what it was told is held back until its sub-leases of now have ended. */
inline evict(c) {
  for (r : 0 .. REVOCATIONS - 1) {
    if
    :: news & facts[c] & bit(r) ->
      held[c * REVOCATIONS + r] = waited[c];
      if
      :: reset[c]
      :: !reset[c] && grant[c] > 0 -> later[c] = later[c] | bit(r)
      :: !reset[c] && grant[c] == 0 -> evictions[c] = evictions[c] | bit(r)
      fi
    :: else
    fi
  }
}

/* A connection that is new, or over: nothing is in it, and nothing is remembered. */
inline begin_anew(c) {
  facts[c] = 0; subLease[c] = 0; evictions[c] = 0; grant[c] = 0; later[c] = 0; reset[c] = false; waited[c] = 0;
  for (r : 0 .. REVOCATIONS - 1) { held[c * REVOCATIONS + r] = 0 }
}
#endif

/* Server s forgets what `snapshot` shows and its position does not, and tells its children in the same step. */
inline forget(s, snapshot) {
  news = without(snapshot, position[s]);
#if MISTAKE == LATE_COMMIT_NOT_WAITED_FOR
  news = without(news, passed[s]);
#endif
#if MISTAKE != LOOK_UP_NOT_CANCELLED
  memory[s] = without(memory[s], news);
#endif
#if CHILDREN > 0
  for (k : 0 .. CHILDREN - 1) {
    if
    :: isOf(k, s) -> evict(k)
    :: else
    fi
  }
#endif
  position[s] = position[s] | snapshot
}

/* For the mistake: what is in progress now will not be looked for again. */
inline pass(s) {
#if MISTAKE == LATE_COMMIT_NOT_WAITED_FOR
  passed[s] = passed[s] | open
#else
  skip
#endif
}

inline start_over(s) {
  registered[s] = false; sameRun[s] = false; position[s] = 0; lease[s] = 0;
#if MISTAKE != EXPELLED_GOES_ON
  memory[s] = 0;
#endif
#if MISTAKE == LATE_COMMIT_NOT_WAITED_FOR
  passed[s] = 0;
#endif
#if CHILDREN > 0
  for (k : 0 .. CHILDREN - 1) {
    if
    :: isOf(k, s) ->
      reset[k] = true;
      for (r : 0 .. REVOCATIONS - 1) { held[k * REVOCATIONS + r] = 0 }
    :: else
    fi
  }
#endif
}

/* What is committed and not answered, and included in each row but that of s, as the primary of s shows them. */
inline read_registry(s) {
  ready = without(visibleTo(s), answered);
  for (i : 0 .. SERVERS - 1) {
    ticks = primary[s] * SERVERS + i;
    if
    :: i != s && row[ticks] ->
#if MISTAKE == SNAPSHOT_REPLACED_BY_IDS
      ready = ready & (applied[ticks] | (applied[ticks] >> 1) | (applied[ticks] >> 2))
#else
      ready = ready & applied[ticks]
#endif
    :: else
    fi
  }
}

proctype Server(byte s) {
  do
  /* Registers. What the statement sees counts as applied; the memory is emptied after it, and may then be filled from the database. */
  :: d_step {
      up[s] && !registered[s] && durable(s);
      sub_leases_of(s);
      if
      :: waits && MISTAKE != REGISTERED_BESIDE_SUB_LEASES
      :: else ->
        registered[s] = true; sameRun[s] = true; position[s] = visibleTo(s);
        rowOf(s) = true; appliedOf(s) = visibleTo(s); unchanged[s] = WAIT_FOR(LEASE_OF(s));
        memory[s] = memory[s] | without(ALL, visibleTo(s));
        pass(s);
        printf("server %d registers\n", s)
      fi;
      done()
    }
  /* A round that may earn a lease is committed; its answer is on the way. The lease counts from here: it was sent before. */
  :: d_step {
      up[s] && registered[s] && !asked[s] && rowOf(s) && ofThisRun(s) && (durable(s) || MISTAKE == CUT_OFF_PRIMARY_RENEWS);
      confirm_of(s);
      asked[s] = true; answer[s] = visibleTo(s); earned[s] = SLOWEST(LEASE_OF(s));
      appliedOf(s) = ((MISTAKE == ACKNOWLEDGED_BEFORE_FORGETTING) -> visibleTo(s) : confirmed);
      if
      :: primary[s] == current -> unchanged[s] = WAIT_FOR(LEASE_OF(s))
      :: else
      fi;
      pass(s);
      printf("server %d's round is committed; it confirms %d\n", s, appliedOf(s));
      done()
    }
  /* The answer arrives: the server forgets, and then has the lease. */
  :: d_step {
      up[s] && asked[s];
      asked[s] = false;
      forget(s, answer[s]);
      lease[s] = ((earned[s] > lease[s]) -> earned[s] : lease[s]);
      answer[s] = 0; earned[s] = 0;
      printf("server %d's round is answered; it forgets %d, its lease is %d\n", s, news, lease[s]);
      check();
      done()
    }
  /* The answer is lost. Its next round finds another one in the row: it starts over. */
  :: d_step {
      up[s] && asked[s];
      asked[s] = false; answer[s] = 0; earned[s] = 0; sameRun[s] = false;
      printf("server %d's round was committed, and its answer is lost\n", s);
      done()
    }
  /* A peek reads and forgets, and writes nothing. */
  :: d_step {
      up[s] && registered[s] && !asked[s] && ofThisRun(s);
      ready = visibleTo(s) | ((unflushed && primary[s] == current) -> nextId : 0);
      if
      :: without(ready, position[s]) == 0
      :: else ->
        forget(s, visibleTo(s));
        position[s] = position[s] | ready;
        pass(s);
        printf("server %d peeks; it forgets %d, and has read %d\n", s, news, position[s])
      fi;
      done()
    }
  /* A confirmation does not wait for the disk, and earns nothing. */
  :: d_step {
      up[s] && registered[s] && !asked[s] && rowOf(s) && ofThisRun(s);
      confirm_of(s);
      if
      :: appliedOf(s) == confirmed
      :: else -> appliedOf(s) = confirmed; printf("server %d confirms %d\n", s, confirmed)
      fi;
      done()
    }
  /* A statement finds no row, or another run of the database: it starts over. */
  :: d_step {
      up[s] && registered[s] && !asked[s] && (!rowOf(s) || !ofThisRun(s));
      start_over(s);
      printf("server %d finds that it is not registered, and starts over\n", s);
      done()
    }
  /* A barrier completes: of the call that revoked, or of a repeated one. */
  :: d_step {
      up[s] && registered[s] && rowOf(s) && ofThisRun(s) && grace == 0;
      read_registry(s);
      confirm_of(s);
      ready = ready & confirmed;
      if
      :: ready == 0
      :: else ->
        answered = answered | ready;
        printf("server %d answers revocations %d\n", s, ready);
        check()
      fi;
      done()
    }
  /* A barrier whose own round has failed: the process ends its lease, and then waits for its children only. */
  :: d_step {
      up[s] && registered[s] && rowOf(s) && ofThisRun(s) && grace == 0;
      read_registry(s);
      ready = without(ready, position[s]);
      if
      :: ready == 0
      :: else ->
        lease[s] = 0;
        earned[s] = ((MISTAKE == ENDED_LEASE_GIVEN_BACK) -> earned[s] : 0);
        sub_leases_of(s);
        if
        :: waits && MISTAKE != SUB_LEASES_OUTLAST_THE_ENDED_LEASE -> printf("server %d ends its lease\n", s)
        :: else ->
          answered = answered | ready;
          printf("server %d ends its lease, and answers revocations %d\n", s, ready);
          check()
        fi
      fi;
      done()
    }
#if MISTAKE == REPEAT_ANSWERED_AT_ONCE
  :: d_step {
      up[s] && without(visibleTo(s), answered);
      answered = answered | visibleTo(s);
      printf("server %d answers a repeated call: it was done before\n", s);
      check();
      done()
    }
#endif
  /* Others expel it: its row has not changed for as long as its lease may last, and lacks a transaction. */
  :: d_step {
      (unchanged[s] == 0 || MISTAKE == EXPELLED_WITHOUT_WAITING) && !unflushed;
      k = current * SERVERS + s;
      if
      :: row[k] && without(without(committed, answered), applied[k]) ->
        row[k] = false; applied[k] = 0;
        printf("server %d is expelled\n", s)
      :: else
      fi;
      done()
    }
#if PROMOTIONS > 0
  /* Its sessions reach the new primary. */
  :: d_step {
      primary[s] != current && !asked[s];
      primary[s] = current; sameRun[s] = false;
      printf("server %d reaches the new primary\n", s);
      done()
    }
#endif
#if KILLS > 0
  :: d_step {
      up[s] && kills > 0;
      kills--;
      up[s] = false; registered[s] = false; sameRun[s] = false; lease[s] = 0; memory[s] = 0; position[s] = 0;
      asked[s] = false; answer[s] = 0; earned[s] = 0;
#if CHILDREN > 0
      /* Its children do not hear of it. */
      for (k : 0 .. CHILDREN - 1) {
        if
        :: isOf(k, s) ->
          home[k] = NOBODY; evictions[k] = 0; grant[k] = 0; later[k] = 0; reset[k] = false;
          waited[k] = (RELAY -> waited[k] : 0);
          for (r : 0 .. REVOCATIONS - 1) { held[k * REVOCATIONS + r] = 0 }
        :: else
        fi
      }
#endif
      printf("server %d is killed\n", s);
      done()
    }
  /* A new process, which registers anew: the row of the old one stays until it is expelled (and keeps this place until then). */
  :: d_step {
      !up[s] && (!rowOf(s) || MISTAKE == OLD_LEASE_TAKEN_OVER);
      up[s] = true; primary[s] = current;
      if
      :: rowOf(s) ->
        registered[s] = true; sameRun[s] = true; position[s] = visibleTo(s); memory[s] = without(ALL, visibleTo(s));
        printf("server %d is started, and goes on with the registration that it had\n", s)
      :: else -> printf("server %d is started\n", s)
      fi;
      done()
    }
#endif
  od
}

#if CHILDREN > 0
proctype Child(byte c) {
  do
  /* A beat and its grant, in one step: on the way a sub-lease would only become shorter. All facts come with it. */
  :: d_step {
      !reset[c] && later[c] == 0;
#if RELAY
      ticks = ((c > 0) -> subLease[0] : ((home[c] == NOBODY) -> 0 : lease[home[c] % SERVERS]));
      news = ((c > 0) -> facts[0] : ((home[c] == NOBODY) -> 0 : memory[home[c] % SERVERS]));
#else
      ticks = ((home[c] == NOBODY) -> 0 : lease[home[c] % SERVERS]);
      news = ((home[c] == NOBODY) -> 0 : memory[home[c] % SERVERS]);
#endif
      ticks = ((MISTAKE == CHILD_GRANTED_MORE && ticks > 0) -> SLOWEST(LEASE) + MARGIN : ticks);
      if
      :: ticks <= MARGIN
      :: else ->
        facts[c] = facts[c] | news;
        ticks = ticks - MARGIN;
        waited[c] = ((WAIT_FOR(ticks) > waited[c]) -> WAIT_FOR(ticks) : waited[c]);
        ticks = SLOWEST(ticks);
        if
        :: evictions[c] == 0 || MISTAKE == GRANT_OVERTAKES_EVICTION ->
          subLease[c] = ((ticks > subLease[c]) -> ticks : subLease[c])
        :: else -> grant[c] = ((ticks > grant[c]) -> ticks : grant[c])
        fi;
        printf("child %d is granted %d\n", c, ticks);
        check()
      fi;
      done()
    }
  /* It applies an eviction and acknowledges it: while an acknowledgement is on the way, nobody answers earlier. */
  :: d_step {
      evictions[c] > 0;
      k = ((evictions[c] & 1) -> 0 : ((evictions[c] & 2) -> 1 : 2));
      facts[c] = without(facts[c], bit(k));
      evictions[c] = without(evictions[c], bit(k));
      printf("child %d forgets %d\n", c, bit(k));
#if RELAY
      if
      :: c == 0 ->
        owed = owed | bit(k);
        for (i : 1 .. CHILDREN - 1) { news = bit(k); evict(i) }
      :: else -> held[c * REVOCATIONS + k] = 0
      fi;
#else
      held[c * REVOCATIONS + k] = 0;
#endif
      if
      :: evictions[c] == 0 ->
        subLease[c] = ((grant[c] > subLease[c]) -> grant[c] : subLease[c]);
        grant[c] = 0; evictions[c] = later[c]; later[c] = 0
      :: else
      fi;
      check();
      done()
    }
#if RELAY
  /* The relay acknowledges what its own children have forgotten, or can no longer trust. */
  :: d_step {
      c == 0 && owed > 0;
      ready = owed;
      for (i : 1 .. CHILDREN - 1) {
        for (r : 0 .. REVOCATIONS - 1) {
          if
          :: held[i * REVOCATIONS + r] > 0 && MISTAKE != RELAY_ACKNOWLEDGES_FOR_ITS_CHILDREN -> ready = without(ready, bit(r))
          :: else
          fi
        }
      }
      if
      :: ready == 0
      :: else ->
        owed = without(owed, ready);
        for (r : 0 .. REVOCATIONS - 1) { held[r] = ((ready & bit(r)) -> 0 : held[r]) }
        printf("the relay acknowledges %d\n", ready)
      fi;
      done()
    }
  /* It applies a reset, and tells its own children. */
  :: d_step {
      c == 0 && !emptied && (reset[0] || home[0] == NOBODY);
      emptied = true; facts[0] = 0; subLease[0] = 0; evictions[0] = 0; grant[0] = 0; later[0] = 0; owed = 0;
      for (i : 1 .. CHILDREN - 1) { reset[i] = true }
      printf("the relay forgets everything\n");
      done()
    }
  /* Only when none of them has a sub-lease, it acknowledges that, or connects anew. */
  :: d_step {
      c == 0 && emptied;
      waits = false;
      for (i : 1 .. CHILDREN - 1) { waits = waits || waited[i] > 0 }
      if
      :: waits
      :: else ->
        emptied = false; begin_anew(0);
        home[0] = ((home[0] == NOBODY) -> 0 : home[0]);
        printf("the relay has begun anew\n")
      fi;
      done()
    }
  :: d_step { c > 0 && reset[c]; begin_anew(c); printf("child %d forgets everything\n", c); done() }
#else
  /* It applies a reset, and all that was in the stream before it. */
  :: d_step { reset[c]; begin_anew(c); printf("child %d forgets everything\n", c); done() }
  /* It connects anew: a client verifier with an empty memory. That its old server goes on waiting for it helps nobody. */
#if MOVES
  :: d_step { home[c] != 0 && up[0]; begin_anew(c); home[c] = 0; printf("child %d connects to server 0\n", c); done() }
#if SERVERS > 1
  :: d_step { home[c] != 1 && up[1]; begin_anew(c); home[c] = 1; printf("child %d connects to server 1\n", c); done() }
#endif
#if SERVERS > 2
  :: d_step { home[c] != 2 && up[2]; begin_anew(c); home[c] = 2; printf("child %d connects to server 2\n", c); done() }
#endif
#else
  :: d_step { up[HOME(c)]; begin_anew(c); home[c] = HOME(c); printf("child %d connects\n", c); done() }
#endif
#endif
  od
}
#endif

/* Transactions in progress are gone; their ids are given out again, unless one after them is on the disk. */
inline abort_open() {
  for (r : 0 .. REVOCATIONS - 1) {
    if
    :: (open & bit(r)) && (committed >> r) > 1 -> burnt = burnt | bit(r)
    :: else
    fi
  }
  open = 0
}

/* A database without the rows of the registry, and without its transactions (`lost`) or with them. */
inline replace(lost) {
  abort_open(); unflushed = false;
  for (i : 0 .. SERVERS - 1) { row[i] = false; applied[i] = 0; sameRun[i] = false }
  if
  :: lost -> committed = 0; answered = 0; burnt = 0; visible[0] = 0
  :: else
  fi
}

#if PROMOTIONS > 0
/* What was confirmed of a transaction that the standby does not have was committed after it, and the standby does not have it either. */
inline copy_rows() {
  for (i : 0 .. SERVERS - 1) {
    row[SERVERS + i] = row[i];
    applied[SERVERS + i] = without(applied[i], (unflushed -> nextId : 0))
  }
}
#endif

#define commit(r) \
  (open & bit(r)) && !unflushed; \
  open = without(open, bit(r)); committed = committed | bit(r); \
  visible[current] = visible[current] | bit(r); \
  printf("revocation %d is committed\n", bit(r))

proctype World() {
  do
  :: d_step { nextId && !unflushed; ready = nextId; open = open | ready; printf("revocation %d takes its id\n", ready); done() }
  :: d_step { commit(0); done() }
#if REVOCATIONS > 1
  :: d_step { commit(1); done() }
#endif
#if REVOCATIONS > 2
  :: d_step { commit(2); done() }
#endif
  /* Time passes. */
  :: d_step {
      waits = grace > 0;
      grace = ((grace > 0) -> grace - 1 : 0);
      for (i : 0 .. SERVERS - 1) {
        waits = waits || lease[i] > 0 || earned[i] > 0 || unchanged[i] > 0;
        lease[i] = ((lease[i] > 0) -> lease[i] - 1 : 0);
        earned[i] = ((earned[i] > 0 && MISTAKE != LEASE_COUNTED_FROM_ANSWER) -> earned[i] - 1 : earned[i]);
        unchanged[i] = ((unchanged[i] > 0) -> unchanged[i] - 1 : 0)
      }
#if CHILDREN > 0
      for (i : 0 .. CHILDREN - 1) {
        waits = waits || subLease[i] > 0 || grant[i] > 0 || waited[i] > 0;
        subLease[i] = ((subLease[i] > 0) -> subLease[i] - 1 : 0);
        grant[i] = ((grant[i] > 0) -> grant[i] - 1 : 0);
        waited[i] = ((waited[i] > 0) -> waited[i] - 1 : 0)
      }
      for (i : 0 .. CHILDREN * REVOCATIONS - 1) { held[i] = ((held[i] > 0) -> held[i] - 1 : 0) }
#endif
      printf("a tick passes\n");
      done()
    }
#if CRASHES + RESTORES + PROMOTIONS + LOSSES > 0
  /* A transaction that is committed asynchronously takes the next id. */
  :: d_step {
      crashes + restores + promotions + losses > 0 && !unflushed && nextId;
      unflushed = true;
      printf("another transaction takes the id %d, and is not flushed\n", nextId);
      done()
    }
#endif
#if CRASHES > 0
  :: d_step {
      crashes > 0;
      crashes--;
      /* What was confirmed of a transaction that is lost was committed after it, and is lost as well. */
      for (i : 0 .. SERVERS - 1) {
        k = current * SERVERS + i;
        applied[k] = without(applied[k], (unflushed -> nextId : 0));
        sameRun[i] = sameRun[i] && primary[i] != current
      }
      unflushed = false;
      abort_open();
      printf("PostgreSQL crashes and starts again\n");
      done()
    }
#endif
#if RESTORES > 0
  :: d_step {
      restores > 0;
      restores--;
      replace(false);
      grace = ((MISTAKE == LONGER_LEASE_FORGOTTEN) -> WAIT_FOR(LEASE) : WAIT_FOR(LEASE_LONGEST));
      printf("a dump is restored, which lacks the registrations\n");
      done()
    }
  :: d_step {
      restores > 0;
      restores--;
      replace(true);
      grace = ((MISTAKE == LONGER_LEASE_FORGOTTEN) -> WAIT_FOR(LEASE) : WAIT_FOR(LEASE_LONGEST));
      printf("a dump is restored, which lacks the registrations and the revocations\n");
      done()
    }
#endif
#if LOSSES > 0
  :: d_step {
      losses > 0;
      losses--;
      replace(false);
      grace = ((MISTAKE == ASYNCHRONOUS_STANDBY_BELIEVED) -> 0 : WAIT_FOR(LEASE_LONGEST));
      printf("an asynchronous standby is promoted, which lacks the registrations\n");
      done()
    }
  :: d_step {
      losses > 0;
      losses--;
      replace(true);
      grace = ((MISTAKE == ASYNCHRONOUS_STANDBY_BELIEVED) -> 0 : WAIT_FOR(LEASE_LONGEST));
      printf("an asynchronous standby is promoted, which lacks the registrations and the revocations\n");
      done()
    }
#endif
#if PROMOTIONS > 0
  /* A synchronous standby has all that was visible. What waited for it at that moment has reached it, or has not. */
  :: d_step {
      promotions > 0;
      copy_rows();
      promotions--; unflushed = false;
      abort_open();
      visible[1] = committed;
      printf("the synchronous standby is promoted\n");
      done()
    }
  :: d_step {
      promotions > 0 && open > 0;
      copy_rows();
      promotions--; unflushed = false;
      committed = committed | open;
      open = 0;
      visible[1] = committed;
      printf("the synchronous standby is promoted, with commits that waited for it\n");
      done()
    }
#endif
  od
}

init {
  atomic {
    for (i : 0 .. SERVERS - 1) { up[i] = true; run Server(i) }
#if CHILDREN > 0
    for (i : 0 .. CHILDREN - 1) { home[i] = (RELAY -> 0 : HOME(i)); run Child(i) }
#endif
    run World()
  }
}
