/*
 * Three replicas contend for two devices: lifecycle, gate, ledger and policy, for SPIN to search whole.
 *
 * A second opinion: written from the rules, not from the code, and not in its language. What holds it to the code is the
 * lifecycle's transition table: `inline From_To` here is a row there, and TransitionsOfTheProofTest keeps the two equal.
 * How it is run: ProofTest. Results and reasons: ops/adr/0008-promela-model.md.
 *
 * One step of a search is one letter of a sidecar, or ONE write to ONE device's record: whatever spans two devices is two
 * steps, and anything may happen in between. A write obeys the rules of LedgerRules as the record then stands, as
 * compare-and-swap does. The policy looks at both records at once and acts on what it saw later.
 *
 * Simpler than the code, each on purpose:
 *   time          a deadline may pass at any moment, and passes at last. A waiter's maxWaitTime is over when it stands in
 *                 line on all its devices and asks again. Serving time is a bit: young, or past minRuntime.
 *   generations   count within one round from sleep to sleep and begin anew after it; nothing refers
 *                 to an earlier one by then, as a naming ends with the serving that it names.
 *   last write    of a life that crashed arrives, if at all, while the next life boots or sleeps; or is cleared away.
 *   requests      at most one a replica; one that is cut leaves at once.
 *   acquiring     ends where it stands when its replica leaves Pending; the code lets it run on, then takes all back.
 *   drain         the ledger knows of a barrier at once; late reports are the simulation's.
 *   recency       any minimal set of victims may be named; the code takes the least recently used one.
 *   old news      watches tell what is, not what was; wakes are not retried by lost replies (Java check).
 *   orders        by hand, entries deleted by strangers, sleepers whose server ends (Java check, simulation).
 *
 * left out: none
 */

/* What may go wrong in one history, at any moment, to any replica. */
#ifndef CRASHES
#define CRASHES 0 /* the sidecar's process ends; its server does not notice, its last write may still be on its way */
#endif
#ifndef FAULTS
#define FAULTS 0 /* a server dies, a wake or a sleep fails, a lock expires in the hand of its holder */
#endif
#ifndef ENDS
#define ENDS 0 /* a shutdown is ordered */
#endif

/* Memory: what replica r needs of device d, 0 where it has nothing to do; CAP is to be had; asleep it keeps 1. */
#ifndef FLEET
#define FLEET 1
#endif
#if FLEET == 2 /* packed: a big one on device 0, and two that fit beside each other; the last one is on both */
#define CAP 6
#define NEED(d, r) ((d) == 0 -> ((r) == 0 -> 4 : ((r) == 1 -> 3 : 2)) : ((r) == 2 -> 2 : 0))
#define FIRST(r) 0
#else /* spread: one on both devices, one on each; of them the first may be popular */
#define CAP 4
#define NEED(d, r) (((r) == 0 || (r) == (d) + 1) -> 3 : 0)
#define FIRST(r) ((r) == 2 -> 1 : 0)
#endif
#define LAST(r, d) ((d) == 1 || NEED(1, r) == 0)
#if FLEET == 3
#define POPULAR(r) ((r) == 1)
#else
#define POPULAR(r) false
#endif

#ifdef CRASHER
#define MAY_CRASH(r) ((r) == CRASHER)
#else
#define MAY_CRASH(r) true
#endif

/* Planted bugs; each has to be found. */
#ifdef BUG_RESURRECT /* a victim that drains takes a new request back into service */
#define RESURRECTS(r) (st[r] == Deactivating && op[r] == idle && cl[r] == waiting && up[r] == awake)
#endif
#ifdef BUG_LOCK /* a claim does not ask whether the lock is still its own */
#define OWNS(d, r, g) true
#else
#define OWNS(d, r, g) (lock[d] == (r) + 1 && lg[d] == (g))
#endif
#ifdef BUG_FENCE /* an outdated generation writes on */
#define FENCED(d, r, g) false
#else
#define FENCED(d, r, g) (occ[at(d, r)] != absent && (g) < og[at(d, r)])
#endif
#ifdef BUG_BACKFILL /* whoever fits goes first */
#define MAY_NOT_PASS(d, r) false
#else
#define MAY_NOT_PASS(d, r) \
  (ANY_AHEAD(d, r) && (READY_AHEAD(d, r) || NEED(d, r) + WANTED_AHEAD(d, r) + OTHERS(d, r, 0) > CAP))
#endif

mtype = {
  /* lifecycle; the last two are no states of it: there is no process, and there will be none */
  Booting, Sleeping, Pending, Waking, Serving, Deactivating, Releasing, Failed, Stopped, Down, Gone,
  /* a replica's request */
  none, waiting, served,
  /* server, as it really is; while it loads it may hold all its memory */
  off, asleep, loading, awake,
  /* occupant in a device's record */
  absent, sleeps, wakes, serves, drains,
  /* what is being done for a replica: at the ledger, a write a device, ... */
  idle, locking, claiming, enlisting, naming, confirming, giving, enrolling, forgetting,
  /* ... or at its server */
  waking, suspending, ending, reconciling
};

#define at(d, r) ((d) * 3 + (r))

/* Sidecars. */
mtype st[3] = Sleeping;
mtype cl[3] = none;
mtype op[3] = idle;
byte dev[3];        /* the device that op writes to next */
byte plan[3];       /* victims to name, a bit each */
bool ready[3];      /* enlisting says that only a lock is missing */
byte gen[3];
byte rg[3];         /* the generation that let the running request in */
bool open[3];       /* the gate */
bool boot[3];       /* it wakes for the first time in this life, not for a request */
bool last[3];       /* a shutdown was ordered */
bool broke[3];      /* it leaves because a wake failed */
byte fails[3];      /* wakes that failed in a row */
bool woken[3];      /* this generation has begun its wake */
bool owes[3];       /* it has left service and not slept since */

/* Servers, and a write of an earlier life that is still on its way. */
mtype up[3] = asleep;
mtype zop[3] = idle;
byte zdev[3];
byte zgen[3];

/* The ledger: a record a device. */
mtype occ[6] = sleeps;
byte og[6];         /* generation of the occupant's entry */
bool res[6] = true; /* its residue */
bool young[3];      /* it has not served its minimum runtime */
byte it[6];         /* intent: 0 none, 1 waits, 2 ready */
byte vict[6];       /* victims named by that intent */
byte lock[2];       /* holder + 1, or 0 */
byte lg[2];
byte tkt[3];        /* place in the order of arrival, 1 first, 0 for none */

byte crashes = CRASHES, faults = FAULTS, ends = ENDS;
bool quiet;         /* clients come no more */

hidden byte ok, contended;
hidden byte i;

/* ---- memory ---- */
#define RES(d, x) (NEED(d, x) == 0 -> 0 : res[at(d, x)])
#define CHARGE(d, x) \
  ((NEED(d, x) == 0 || occ[at(d, x)] == absent) -> 0 : (occ[at(d, x)] == sleeps -> res[at(d, x)] : NEED(d, x)))
#define USES(d, x) (NEED(d, x) == 0 || up[x] == off -> 0 : (up[x] == asleep -> 1 : NEED(d, x)))
#define TAKES(d, r, x, gone) ((x) == (r) -> 0 : ((((gone) >> (x)) & 1) -> RES(d, x) : CHARGE(d, x)))
#define OTHERS(d, r, gone) (TAKES(d, r, 0, gone) + TAKES(d, r, 1, gone) + TAKES(d, r, 2, gone))
#define ROOM(d, r, gone) (NEED(d, r) == 0 || NEED(d, r) + OTHERS(d, r, gone) <= CAP)
#define FITS(r, gone) (ROOM(0, r, gone) && ROOM(1, r, gone))

/* ---- what the policy sees ---- */
#define PINS(d, r, x) ((x) == (r) -> 0 : ((POPULAR(x) && occ[at(d, x)] == serves) -> NEED(d, x) : RES(d, x)))
#define TOO_BIG(d, r) (NEED(d, r) > 0 && NEED(d, r) + PINS(d, r, 0) + PINS(d, r, 1) + PINS(d, r, 2) > CAP)
#define AHEAD(d, r, x) ((x) != (r) && NEED(d, r) > 0 && it[at(d, x)] > 0 && tkt[x] < tkt[r])
#define ANY_AHEAD(d, r) (AHEAD(d, r, 0) || AHEAD(d, r, 1) || AHEAD(d, r, 2))
#define READY_AT(d, r, x) (AHEAD(d, r, x) && it[at(d, x)] == 2)
#define READY_AHEAD(d, r) (READY_AT(d, r, 0) || READY_AT(d, r, 1) || READY_AT(d, r, 2))
#define WANTS(d, r, x) (AHEAD(d, r, x) -> NEED(d, x) : 0)
#define WANTED_AHEAD(d, r) (WANTS(d, r, 0) + WANTS(d, r, 1) + WANTS(d, r, 2))
#define ASKED(d, r, x) (((vict[at(d, r)] >> (x)) & 1) && occ[at(d, x)] == serves)
#define LEAVES_AT(d, r, x) (NEED(d, r) > 0 && NEED(d, x) > 0 && (occ[at(d, x)] == drains || ASKED(d, r, x)))
#define LEAVES(r, x) ((x) != (r) && (LEAVES_AT(0, r, x) || LEAVES_AT(1, r, x)) -> 1 : 0)
#define LEAVING(r) (LEAVES(r, 0) | (LEAVES(r, 1) << 1) | (LEAVES(r, 2) << 2))
#define SERVES_AT(d, r, x) (NEED(d, r) > 0 && NEED(d, x) > 0 && occ[at(d, x)] == serves)
#define MAY_ASK(r, x) \
  (!POPULAR(x) && !young[x] && !LEAVES(r, x) && (SERVES_AT(0, r, x) || SERVES_AT(1, r, x)))
#define LOCKED(d, r) (NEED(d, r) > 0 && lock[d] != 0 && lock[d] != (r) + 1)
#define SHORT_AND_LOCKED(d, r) (!ROOM(d, r, 0) && LOCKED(d, r))
#define IN_LINE(r, as) ((NEED(0, r) == 0 || it[at(0, r)] == (as)) && (NEED(1, r) == 0 || it[at(1, r)] == (as)))
#define ASKED_ALREADY(r) \
  ((ASKED(0, r, 0) || ASKED(1, r, 0) -> 1 : 0) | (ASKED(0, r, 1) || ASKED(1, r, 1) -> 2 : 0) \
   | (ASKED(0, r, 2) || ASKED(1, r, 2) -> 4 : 0))

#define NAMED_AT(d, r) (((vict[at(d, 0)] | vict[at(d, 1)] | vict[at(d, 2)]) >> (r)) & 1)
#define NAMED(r) (NAMED_AT(0, r) || NAMED_AT(1, r))
#define LIVES(r) (st[r] != Down && st[r] != Booting && st[r] != Gone)

/* ---- the ledger's rules; each sets ok ---- */
inline takeLock(d, r, g) {
  contended = false;
  if
  :: FENCED(d, r, g) || (occ[at(d, r)] != sleeps && occ[at(d, r)] != wakes) -> ok = false
  :: else ->
     contended = (lock[d] != 0 && lock[d] != (r) + 1);
     ok = !contended;
     if :: ok -> lock[d] = (r) + 1; lg[d] = g :: else fi
  fi
}

inline claim(d, r, g) {
  ok = !FENCED(d, r, g) && OWNS(d, r, g) && occ[at(d, r)] == sleeps && NEED(d, r) + OTHERS(d, r, 0) <= CAP;
  if
  :: ok -> occ[at(d, r)] = wakes; og[at(d, r)] = g; it[at(d, r)] = 0; vict[at(d, r)] = 0
  :: else
  fi
}

inline unlock(d, r, g) {
  if :: lock[d] == (r) + 1 && lg[d] <= (g) -> lock[d] = 0; lg[d] = 0 :: else fi
}

inline enlist(d, r, g, as) {
  ok = !FENCED(d, r, g) && (occ[at(d, r)] == sleeps || occ[at(d, r)] == wakes);
  if
  :: ok -> unlock(d, r, g); occ[at(d, r)] = sleeps; og[at(d, r)] = g; it[at(d, r)] = as
  :: else
  fi
}

#define NO_VICTIM(d, r, x, set) \
  ((((set) >> (x)) & 1) && !((vict[at(d, r)] >> (x)) & 1) && (occ[at(d, x)] != serves || POPULAR(x) || young[x]))
#define HERE(d, set) \
  ((set) & ((NEED(d, 0) > 0 && occ[at(d, 0)] != absent -> 1 : 0) | (NEED(d, 1) > 0 && occ[at(d, 1)] != absent -> 2 : 0) \
            | (NEED(d, 2) > 0 && occ[at(d, 2)] != absent -> 4 : 0)))

inline nameVictims(d, r, g, set) {
  i = HERE(d, set);
  ok = !FENCED(d, r, g) && it[at(d, r)] > 0 && !NO_VICTIM(d, r, 0, i) && !NO_VICTIM(d, r, 1, i) && !NO_VICTIM(d, r, 2, i);
  if :: ok -> vict[at(d, r)] = i; it[at(d, r)] = 1 :: else fi;
  i = 0
}

inline confirm(d, r, g) {
  ok = !FENCED(d, r, g) && occ[at(d, r)] == wakes && NEED(d, r) + OTHERS(d, r, 0) <= CAP;
  if :: ok -> occ[at(d, r)] = serves; og[at(d, r)] = g; young[r] = true; unlock(d, r, g) :: else fi
}

inline giveBack(d, r, g, left) {
  ok = !FENCED(d, r, g);
  if
  :: ok ->
     it[at(d, r)] = 0; vict[at(d, r)] = 0; unlock(d, r, g);
     if :: occ[at(d, r)] != absent -> occ[at(d, r)] = sleeps; og[at(d, r)] = g; res[at(d, r)] = left :: else fi
  :: else
  fi
}

inline enrol(d, r, g, left) {
  it[at(d, r)] = 0; vict[at(d, r)] = 0; unlock(d, r, g);
  occ[at(d, r)] = sleeps; og[at(d, r)] = g; res[at(d, r)] = left
}

inline forget(d, r) {
  it[at(d, r)] = 0; vict[at(d, r)] = 0; unlock(d, r, 255);
  occ[at(d, r)] = absent; og[at(d, r)] = 0; res[at(d, r)] = false
}

inline drainAt(d, r) {
  if :: NEED(d, r) > 0 -> occ[at(d, r)] = drains; og[at(d, r)] = gen[r] :: else fi
}

/* ---- small change ---- */
inline lose(r) { zop[r] = idle; zdev[r] = 0; zgen[r] = 0 }
inline begin(r, what) { op[r] = what; dev[r] = FIRST(r) }
inline rest(r) { op[r] = idle; dev[r] = FIRST(r); plan[r] = 0; ready[r] = false }

inline onward(r, then) {
  if :: LAST(r, dev[r]) -> begin(r, then) :: else -> dev[r] = 1 fi
}

inline queueUp(r, as) {
  if :: IN_LINE(r, as) -> rest(r) :: else -> ready[r] = ((as) == 2); begin(r, enlisting) fi
}

inline later(r, x) { if :: tkt[x] > tkt[r] -> tkt[x]-- :: else fi }
inline takeTicket(r) { tkt[r] = 1 + (tkt[0] > 0) + (tkt[1] > 0) + (tkt[2] > 0) }
inline dropTicket(r) {
  if :: tkt[r] > 0 -> later(r, 0); later(r, 1); later(r, 2); tkt[r] = 0 :: else fi
}

/* The serving has ended, and with it all that named it. */
inline unname(r) {
  i = 7 - (1 << (r));
  vict[0] = vict[0] & i; vict[1] = vict[1] & i; vict[2] = vict[2] & i;
  vict[3] = vict[3] & i; vict[4] = vict[4] & i; vict[5] = vict[5] & i;
  i = 0; young[r] = false
}

inline refuse(r) { if :: cl[r] == waiting -> cl[r] = none :: else fi }
inline cut(r) { if :: cl[r] == served -> cl[r] = none; rg[r] = 0 :: else fi }

/* A round is over: numbers begin anew, and no earlier life writes any more. */
inline renumber(r) {
  lose(r); gen[r] = 0; woken[r] = false;
  og[at(0, r)] = gen[r]; og[at(1, r)] = gen[r]
}

inline pend(r) { lose(r); gen[r]++; woken[r] = false; takeTicket(r); rest(r) }
inline stop(r) { gen[r]++; woken[r] = false; plan[r] = 0; ready[r] = false; begin(r, ending) }
inline openGate(r) {
  assert(!owes[r]); /* S7: whoever has left service sleeps before it serves again */
  open[r] = true;
  if :: cl[r] == waiting -> cl[r] = served; rg[r] = gen[r] :: else fi
}
inline closeGate(r) { open[r] = false; owes[r] = true; unname(r) }

/* ---- the lifecycle's table ---- */
#define become(r, from, to) assert(st[r] == from); st[r] = to

inline Booting_Sleeping(r) { become(r, Booting, Sleeping); rest(r) }
inline Booting_Pending(r) { become(r, Booting, Pending); pend(r) }
inline Booting_Deactivating(r) { become(r, Booting, Deactivating); stop(r) }
inline Sleeping_Pending(r) { become(r, Sleeping, Pending); pend(r) }
inline Sleeping_Deactivating(r) { become(r, Sleeping, Deactivating); stop(r) }
inline Pending_Waking(r) {
  become(r, Pending, Waking);
  assert(!woken[r] && (up[r] == asleep || up[r] == off)); /* S5: one wake a generation, one transition at a time */
  woken[r] = true; dropTicket(r); begin(r, waking); up[r] = loading
}
inline Pending_Releasing(r) { become(r, Pending, Releasing); gen[r]++; rest(r); begin(r, giving) }
inline Pending_Deactivating(r) { become(r, Pending, Deactivating); stop(r) }
inline Waking_Serving(r) { become(r, Waking, Serving); boot[r] = false; fails[r] = 0; openGate(r); rest(r) }
inline Waking_Deactivating(r) { become(r, Waking, Deactivating); boot[r] = false; owes[r] = true; unname(r) }
inline Serving_Deactivating(r) { become(r, Serving, Deactivating); closeGate(r) }
inline Deactivating_Releasing(r) { become(r, Deactivating, Releasing); boot[r] = false; begin(r, giving) }
inline Releasing_Sleeping(r) { become(r, Releasing, Sleeping); renumber(r); rest(r) }
inline Releasing_Pending(r) { become(r, Releasing, Pending); renumber(r); pend(r) }
inline Releasing_Failed(r) { become(r, Releasing, Failed); renumber(r); rest(r) }
inline Releasing_Stopped(r) { become(r, Releasing, Stopped); renumber(r); rest(r) }
inline Releasing_Deactivating(r) { become(r, Releasing, Deactivating); stop(r) }
inline Failed_Pending(r) { become(r, Failed, Pending); pend(r) }
inline Failed_Deactivating(r) { become(r, Failed, Deactivating); stop(r) }

/* ---- ways through the table ---- */
inline drain(r) { gen[r]++; woken[r] = false; drainAt(0, r); drainAt(1, r); rest(r) }

inline abandon(r) {
  boot[r] = false;
  if :: up[r] == off -> Pending_Deactivating(r) :: else -> Pending_Releasing(r) fi
}

inline wakeFailed(r) { fails[r]++; broke[r] = true; Waking_Deactivating(r); stop(r) }

/* first, second: the other two, in the order in which they are asked to leave. */
inline decide(r, first, second) {
  i = LEAVING(r);
  if
  :: TOO_BIG(0, r) || TOO_BIG(1, r) -> refuse(r); abandon(r)
  :: else ->
     if
     :: MAY_NOT_PASS(0, r) || MAY_NOT_PASS(1, r) -> queueUp(r, 1)
     :: else ->
        if
        :: FITS(r, 0) -> if :: LOCKED(0, r) || LOCKED(1, r) -> queueUp(r, 2) :: else -> begin(r, locking) fi
        :: else ->
           if
           :: SHORT_AND_LOCKED(0, r) || SHORT_AND_LOCKED(1, r) || FITS(r, i) || !IN_LINE(r, 1) -> queueUp(r, 1)
           :: else ->
              if
              :: MAY_ASK(r, first) && FITS(r, (i | (1 << first))) -> plan[r] = 1 << first
              :: else ->
                 if
                 :: MAY_ASK(r, second) && FITS(r, (i | (1 << second))) -> plan[r] = 1 << second
                 :: else ->
                    if
                    :: MAY_ASK(r, first) && MAY_ASK(r, second) && FITS(r, 7) -> plan[r] = 7 - (1 << r)
                    :: else
                    fi
                 fi
              fi;
              if :: plan[r] > 0 -> plan[r] = plan[r] | ASKED_ALREADY(r); begin(r, naming) :: else fi
           fi
        fi
     fi
  fi;
  i = 0
}

inline freed(r) {
  dropTicket(r);
  if
  :: last[r] -> if :: up[r] == off -> refuse(r); Releasing_Stopped(r) :: else -> Releasing_Deactivating(r) fi
  :: else ->
     if
     :: broke[r] -> broke[r] = false; if :: fails[r] >= 2 -> refuse(r) :: else fi; Releasing_Failed(r)
     :: else -> fails[r] = 0; if :: cl[r] == waiting -> Releasing_Pending(r) :: else -> Releasing_Sleeping(r) fi
     fi
  fi
}

inline booted(r) {
  dropTicket(r); owes[r] = false;
  if
  :: last[r] -> boot[r] = false; Booting_Deactivating(r)
  :: else -> if :: boot[r] || cl[r] == waiting -> Booting_Pending(r) :: else -> Booting_Sleeping(r) fi
  fi
}

proctype Sidecar(byte r) {
end:
  do
  /* a failure is long enough ago */
  :: d_step { st[r] == Failed && cl[r] == waiting -> Failed_Pending(r) }
  /* it asks, and asks again */
  :: d_step { st[r] == Pending && op[r] == idle && (boot[r] || cl[r] == waiting) -> decide(r, ((r + 1) % 3), ((r + 2) % 3)) }
  :: d_step { st[r] == Pending && op[r] == idle && (boot[r] || cl[r] == waiting) -> decide(r, ((r + 2) % 3), ((r + 1) % 3)) }
  :: d_step { op[r] == locking ->
       takeLock(dev[r], r, gen[r]);
       if :: ok -> onward(r, claiming) :: else -> ready[r] = contended; begin(r, enlisting) fi }
  :: d_step { op[r] == claiming ->
       claim(dev[r], r, gen[r]);
       if
       :: ok -> if :: LAST(r, dev[r]) -> Pending_Waking(r) :: else -> dev[r] = 1 fi
       :: else -> begin(r, enlisting)
       fi }
  :: d_step { op[r] == enlisting ->
       enlist(dev[r], r, gen[r], (ready[r] -> 2 : 1));
       if :: LAST(r, dev[r]) -> rest(r) :: else -> dev[r] = 1 fi }
  :: d_step { op[r] == naming ->
       nameVictims(dev[r], r, gen[r], plan[r]);
       if :: LAST(r, dev[r]) || !ok -> rest(r) :: else -> dev[r] = 1 fi }
  /* it wakes; an answer arrives with the last write */
  :: d_step { op[r] == waking -> up[r] = awake; begin(r, confirming) }
  :: d_step { op[r] == confirming ->
       confirm(dev[r], r, gen[r]);
       if
       :: !ok -> wakeFailed(r)
       :: ok && !LAST(r, dev[r]) -> dev[r] = 1
       :: else ->
          if
          :: boot[r] && cl[r] != waiting -> Waking_Deactivating(r); drain(r); begin(r, suspending)
          :: else -> Waking_Serving(r)
          fi
       fi }
  /* it serves until its time is over */
  :: d_step { st[r] == Serving && young[r] -> young[r] = false }
  :: d_step { st[r] == Serving && NAMED(r) ->
       assert(!POPULAR(r) && !young[r]); /* S6 */
       Serving_Deactivating(r); drain(r) }
  :: d_step { st[r] == Serving && cl[r] == none && !young[r] && !POPULAR(r) -> Serving_Deactivating(r); drain(r) }
  :: d_step { quiet && cl[r] == served -> cut(r) }
  /* it leaves */
  :: d_step { st[r] == Deactivating && op[r] == idle && cl[r] == served -> cut(r) }
  :: d_step { st[r] == Deactivating && op[r] == idle && cl[r] != served ->
       if :: last[r] -> stop(r) :: else -> begin(r, suspending) fi }
#ifdef BUG_RESURRECT
  :: d_step { RESURRECTS(r) -> st[r] = Serving; openGate(r) }
#endif
  :: d_step { op[r] == suspending ->
       up[r] = asleep; owes[r] = false;
       if :: last[r] -> stop(r) :: else -> Deactivating_Releasing(r) fi }
  :: d_step { op[r] == ending -> up[r] = off; owes[r] = false; Deactivating_Releasing(r) }
  :: d_step { op[r] == giving ->
       giveBack(dev[r], r, gen[r], (up[r] == asleep));
       if :: LAST(r, dev[r]) -> freed(r) :: else -> dev[r] = 1 fi }
  /* after a crash: its locks run out; it comes back, or the controller clears its pod away */
  :: d_step { op[r] == reconciling && (lock[0] == r + 1 || lock[1] == r + 1) ->
       unlock(0, r, 255); unlock(1, r, 255) }
  :: d_step { op[r] == reconciling -> st[r] = Down; cl[r] = none; up[r] = off; begin(r, forgetting) }
  :: d_step { op[r] == forgetting ->
       forget(dev[r], r);
       if :: LAST(r, dev[r]) -> dropTicket(r); st[r] = Gone; gen[r] = 0; rest(r) :: else -> dev[r] = 1 fi }
  /* it takes its server over asleep, or ends it */
  :: d_step { op[r] == reconciling && up[r] != off -> up[r] = asleep; gen[r] = (gen[r] & 240) + 16; begin(r, enrolling) }
  :: d_step { op[r] == reconciling -> up[r] = off; boot[r] = true; gen[r] = (gen[r] & 240) + 16; begin(r, enrolling) }
  :: d_step { op[r] == enrolling ->
       enrol(dev[r], r, gen[r], (up[r] == asleep));
       if :: LAST(r, dev[r]) -> booted(r) :: else -> dev[r] = 1 fi }
  /* what its earlier life wrote last arrives, or gets lost */
  :: d_step { zop[r] != idle ->
       if
       :: zop[r] == locking -> takeLock(zdev[r], r, zgen[r])
       :: zop[r] == claiming -> claim(zdev[r], r, zgen[r])
       :: zop[r] == enlisting -> enlist(zdev[r], r, zgen[r], 1)
       :: zop[r] == confirming -> confirm(zdev[r], r, zgen[r])
       :: zop[r] == giving -> giveBack(zdev[r], r, zgen[r], true)
       :: else
       fi;
       lose(r) }
  :: d_step { zop[r] != idle -> lose(r) }
  od
}

/* ---- what may go wrong ---- */
#define WRITES(r) \
  (op[r] == locking || op[r] == claiming || op[r] == enlisting || op[r] == confirming || op[r] == giving)

inline crash(r) {
  crashes--;
  if :: WRITES(r) -> zop[r] = op[r]; zdev[r] = dev[r]; zgen[r] = gen[r] :: else fi;
  cl[r] = none; rg[r] = 0; open[r] = false; boot[r] = false; broke[r] = false; fails[r] = 0; woken[r] = false;
  owes[r] = false; rest(r); unname(r);
  st[r] = Booting; begin(r, reconciling)
}

inline die(r) {
  faults--;
  up[r] = off; cut(r);
  if
  :: st[r] == Sleeping -> Sleeping_Deactivating(r)
  :: st[r] == Waking -> wakeFailed(r)
  :: st[r] == Serving -> Serving_Deactivating(r); stop(r)
  :: st[r] == Deactivating && op[r] != ending -> stop(r)
  :: st[r] == Releasing -> Releasing_Deactivating(r)
  :: else
  fi
}

inline shutDown(r) {
  ends--;
  last[r] = true; refuse(r); broke[r] = false;
  if
  :: st[r] == Sleeping -> Sleeping_Deactivating(r)
  :: st[r] == Pending -> boot[r] = false; Pending_Deactivating(r)
  :: st[r] == Waking -> Waking_Deactivating(r); stop(r)
  :: st[r] == Serving -> Serving_Deactivating(r); drain(r)
  :: st[r] == Failed -> Failed_Deactivating(r)
  :: else
  fi
}

inline come(r) {
  if
  :: open[r] -> cl[r] = served; rg[r] = gen[r]
  :: else -> cl[r] = waiting; if :: st[r] == Sleeping -> Sleeping_Pending(r) :: else fi
  fi
}

inline leave(r) {
  cl[r] = none;
  if :: st[r] == Pending && !boot[r] -> abandon(r) :: else fi
}

#define ANYTHING(r) \
  :: d_step { cl[r] == none && !last[r] && st[r] != Down && st[r] != Gone -> come(r) } \
  :: d_step { cl[r] == waiting -> leave(r) } \
  :: d_step { cl[r] == served -> cut(r) } \
  :: d_step { crashes > 0 && MAY_CRASH(r) && st[r] != Down && st[r] != Gone && st[r] != Stopped -> crash(r) } \
  :: d_step { faults > 0 && up[r] != off && st[r] != Down && st[r] != Gone -> die(r) } \
  :: d_step { faults > 0 && (op[r] == waking || op[r] == confirming) -> faults--; wakeFailed(r) } \
  :: d_step { faults > 0 && op[r] == suspending -> faults--; stop(r) } \
  :: d_step { faults > 0 && (op[r] == claiming || (op[r] == locking && dev[r] > FIRST(r))) -> \
       faults--; unlock(0, r, 255); unlock(1, r, 255) } \
  :: d_step { ends > 0 && !last[r] && st[r] != Down && st[r] != Gone -> shutDown(r) }

init {
  atomic {
    run Sidecar(0); run Sidecar(1); run Sidecar(2);
    dev[2] = FIRST(2);
  }
end:
  do
  ANYTHING(0)
  ANYTHING(1)
  ANYTHING(2)
  :: d_step { !quiet -> i = 0 } /* nobody has to do anything */
#ifdef QUIET
  :: atomic { quiet = true; break } /* ... and at last nobody comes any more */
#endif
  od
}

/* ---- safety: looked at in every state ---- */
#define SUM(of, d) (of(d, 0) + of(d, 1) + of(d, 2))
#define CHARGED(d, r) (USES(d, r) <= CHARGE(d, r))
#define S2(d) (SUM(CHARGE, d) <= CAP && SUM(USES, d) <= CAP && CHARGED(d, 0) && CHARGED(d, 1) && CHARGED(d, 2))

#define CONFIRMED(d, r) (NEED(d, r) == 0 || (occ[at(d, r)] == serves && og[at(d, r)] == gen[r]))
#define RUNS_RIGHT(r) \
  (up[r] == awake && ((st[r] == Serving && rg[r] == gen[r]) || (st[r] == Deactivating && op[r] == idle && rg[r] + 1 == gen[r])))
#define S3(r) \
  (open[r] == (st[r] == Serving) && (st[r] != Serving || (CONFIRMED(0, r) && CONFIRMED(1, r))) \
   && (cl[r] != served || RUNS_RIGHT(r)))

#define LOADS(d, r) (NEED(d, r) > 0 && up[r] == loading && LIVES(r) -> 1 : 0)
#define S5(d) (SUM(LOADS, d) <= 1)

#define HOLDS_AT(d, r) (NEED(d, r) > 0 && (it[at(d, r)] > 0 || lock[d] == (r) + 1 || occ[at(d, r)] != sleeps))
#define S10(r) (st[r] != Sleeping || op[r] != idle || !(HOLDS_AT(0, r) || HOLDS_AT(1, r)))

#define CALM(r) (st[r] == Sleeping || st[r] == Failed || st[r] == Stopped || st[r] == Gone || (st[r] == Serving && POPULAR(r)))
#define RESTS \
  (CALM(0) && CALM(1) && CALM(2) && op[0] == idle && op[1] == idle && op[2] == idle && lock[0] == 0 && lock[1] == 0 \
   && it[0] + it[1] + it[2] + it[3] + it[4] + it[5] == 0 && cl[0] != waiting && cl[1] != waiting && cl[2] != waiting)

#ifndef LIVE
bool S2_no_overcommit = true, S3_confirmed_service = true, S5_one_wake_a_device = true, S10_sleepers_hold_nothing = true,
  ends_at_rest = true;

active proctype Monitor() {
end:
  if
  :: d_step { !(S2(0) && S2(1)) -> S2_no_overcommit = false; assert(S2_no_overcommit) }
  :: d_step { !(S3(0) && S3(1) && S3(2)) -> S3_confirmed_service = false; assert(S3_confirmed_service) }
  :: d_step { !(S5(0) && S5(1)) -> S5_one_wake_a_device = false; assert(S5_one_wake_a_device) }
  :: d_step { !(S10(0) && S10(1) && S10(2)) -> S10_sleepers_hold_nothing = false; assert(S10_sleepers_hold_nothing) }
  :: timeout -> ends_at_rest = RESTS; assert(ends_at_rest)
  fi
}
#else
/* ---- liveness, under weak fairness ---- */

/* Whoever waits gets to serve, is refused, or goes away by itself. */
ltl L1_of_0 { [] ((cl[0] == waiting) -> <> (cl[0] != waiting)) }
ltl L1_of_1 { [] ((cl[1] == waiting) -> <> (cl[1] != waiting)) }
ltl L1_of_2 { [] ((cl[2] == waiting) -> <> (cl[2] != waiting)) }

/* No livelock and no leak: when clients come no more, everything comes to rest and stays there. */
#define NOBODY (cl[0] == none && cl[1] == none && cl[2] == none)
ltl L2_comes_to_rest { (<> [] NOBODY) -> (<> [] RESTS) }
#endif
