/* Nothing waits forever: each event whose record is written reaches each client finally.
 *
 * Each kind of step is then a process of its own, and SPIN looks at all runs in which no process that can always go on
 * waits forever (weak fairness). The number of faults is limited. A client asks only if its rules say so. */
#ifndef FAULTS
#define FAULTS 2
#endif

#ifdef LIVENESS
mtype = { publishes, fails, answers, asks, beats, loads };
byte faults = FAULTS;
byte dropped;                       /* records that the stream does not repeat */
#define AS(kind) (role == kind)
#define A_FAULT (role == fails && faults > 0)
#define COUNT_FAULT faults--
/* Watch.#owed */
#define OWE(wa) watch[wa].owes = true
#define OWES(wa) watch[wa].owes
#define RUN_PUBLISHER(me) run Publisher(me, publishes); run Publisher(me, fails);
#define RUN_WATCH(client, channel) \
    run Watch(client, channel, asks); run Watch(client, channel, beats); run Watch(client, channel, loads); \
    run Watch(client, channel, answers); run Watch(client, channel, fails);

/* Those of a channel, a bit each. */
#define EVENTS_OF(channel) (BIT(EVENTS) - 1 - (channel))
#define HAS_ALL(client, channel) \
    (watch[WATCH(client, channel)].list == idle && watch[WATCH(client, channel)].has == EVENTS_OF(channel))
#if CLIENTS > 1
#define CLIENTS_HAVE_ALL(channel) (HAS_ALL(0, channel) && HAS_ALL(1, channel))
#else
#define CLIENTS_HAVE_ALL(channel) HAS_ALL(0, channel)
#endif
#if CHANNELS > 1
#define ALL_HAVE_ALL (CLIENTS_HAVE_ALL(0) && CLIENTS_HAVE_ALL(1))
#else
#define ALL_HAVE_ALL CLIENTS_HAVE_ALL(0)
#endif
/* SPIN looks for runs without an end. */
active proctype Forever() { do :: e = 0 od }
ltl nothing_waits_forever { <> [] (ALL_HAVE_ALL) }
#else
#define AS(kind) true
#define A_FAULT true
#define COUNT_FAULT skip
#define OWE(wa) skip
#define OWES(wa) true
#define RUN_PUBLISHER(me) run Publisher(me);
#define RUN_WATCH(client, channel) run Watch(client, channel);
#endif
