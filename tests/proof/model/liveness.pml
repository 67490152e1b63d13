/* Nothing waits forever: every event whose record is written reaches every client finally.
 *
 * Each kind of step is then a process of its own, and SPIN looks only at runs in which no process that could always
 * go on waits forever (weak fairness). Faults are limited in number. A client asks only if its rules say so. */
#ifndef FAULTS
#define FAULTS 2
#endif

#ifdef LIVENESS
mtype = { publishes, fails, answers, asks, beats, loads };
byte faults = FAULTS;
byte dropped;                       /* records that the stream does not repeat */
bool owes[WATCHES];                 /* Watch.#owed: the client has to ask */
#define AS(a_role) (role == a_role)
#define A_FAULT (role == fails && faults > 0)
#define COUNT_FAULT faults--
#define RUN_PUBLISHER(me) run Publisher(me, publishes); run Publisher(me, fails);
#define RUN_WATCH(client, channel) \
    run Watch(client, channel, asks); run Watch(client, channel, beats); run Watch(client, channel, loads); \
    run Watch(client, channel, answers); run Watch(client, channel, fails);
#else
#define AS(a_role) true
#define A_FAULT true
#define COUNT_FAULT skip
#define RUN_PUBLISHER(me) run Publisher(me);
#define RUN_WATCH(client, channel) run Watch(client, channel);
#endif
