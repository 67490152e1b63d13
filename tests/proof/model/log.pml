/* The protocol of the channels' logs, for the model checker SPIN. spin.py runs it; docs/proof.md explains it.
 *
 * Each step (d_step, atomic) stands for one call to DynamoDB, one post to a connection, or one step of a client.
 * Between any two steps another process may run, and a function may die. -DBROKEN_… builds in one fault, which SPIN
 * must find. -DLIVENESS checks that nothing waits forever (liveness.pml), instead of the assertions alone.
 *
 * What the model leaves out so that fewer states are the same:
 * - A publisher that reads nothing but claims and heads changes nothing. If it dies, or if its transaction is
 *   cancelled, this is as if it had not run.
 * - A publisher that has logged its events does from there on what a repeat of the records does. So it ends after the
 *   transaction, and the repeat reads the subscriptions and posts.
 * - After its last post a publisher has finished. Nothing can happen in between that could not happen after it.
 * - A connection without a subscription and without a request receives nothing. It is as if there were none.
 * - TTL deletes an expired row at any time. Each query finds any of the expired rows, and any may be missing from it.
 * - Publishers are alike, and clients are alike. Of two states that differ only in who is who, SPIN visits one
 *   (alike.pml).
 */
#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef PUBLISHERS
#define PUBLISHERS 2
#endif
#ifndef CLIENTS
#define CLIENTS 1
#endif
#ifndef CHANNELS
#define CHANNELS 1
#endif
#ifndef DAYS
#define DAYS 1 /* how often 24 hours pass */
#endif
#ifndef RESTARTS
#define RESTARTS 1 /* how often a log begins anew with another epoch */
#endif

#include "tables.pml"
#include "liveness.pml"
#include "alike.pml"
#include "client.pml"
#include "publisher.pml"
#include "request.pml"
#include "time.pml"

init {
    atomic {
        RUN_PUBLISHER(0)
#if PUBLISHERS > 1
        RUN_PUBLISHER(1)
#endif
        for (c : 0 .. CHANNELS - 1) {
            RUN_WATCH(0, c)
#if CLIENTS > 1
            RUN_WATCH(1, c)
#endif
        };
        run Time()
    }
}
