/* Time, and the loss of heads. */

#if CLIENTS > 1
#define ANY_CONNECTED (CONNECTED(0) || CONNECTED(1))
#else
#define ANY_CONNECTED CONNECTED(0)
#endif
#define LOADS(wa) (WATCHES > (wa) && watch[(wa) % WATCHES].list == rows_of_list)
#define LOADING (LOADS(0) || LOADS(1) || LOADS(2) || LOADS(3))
#if PUBLISHERS > 1
#define WORKING (publisher[0].stage != waiting || publisher[1].stage != waiting)
#else
#define WORKING (publisher[0].stage != waiting)
#endif

proctype Time() {
    do
    /* 24 hours: longer than functions run, connections live and posts are repeated. All records have been handled, and
     * no longer come again. Rows of the log expire. */
    :: d_step { days > 0 && LOGGED != 0 && !WORKING && (LOGGED & ~finished) == 0 && !ANY_CONNECTED && !LOADING ->
        days--;
        gone = LOGGED;
        claims = 0;
        printf("24 hours pass\n"); settle() }
    /* The heads are lost, after a long silence or by a fault: no event of theirs is on its way. */
    :: d_step { restarts > 0 && LOGGED != 0 && (LOGGED & ~gone) == 0 && !ANY_CONNECTED && !LOADING ->
        restarts--;
        next_epoch = 2;
        for (c : 0 .. CHANNELS - 1) {
            log[c].head = 0; log[c].epoch = 0; log[c].earlier = log[c].logged;
            log[c].history = 0
        };
        printf("the heads are lost\n"); settle() }
#ifdef BROKEN_SHORT_CLAIM
    :: d_step { claims & finished & ~gone -> claims = claims & ~(finished & ~gone); printf("claims expire\n"); settle() }
#endif
    od
}
