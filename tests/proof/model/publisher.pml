/* Publishers: broadcast.publish, called by a stream's function. */

/* The stream brings records: new ones, and any of the last 24 hours again, also to two functions at once. Events 0 and
 * 1 are of the same row if there are three: their records come in this order. */
#define IS_RECENT(event) (EVENTS > (event) && !HAS(gone, event))
#ifdef LIVENESS
#define MAY_COME(events) (((events) & ~finished) && !((events) & dropped))
#define IS_BUSY (publisher[me].stage != waiting)
#else
#define MAY_COME(events) true
#define IS_BUSY false /* as if it had not run */
#endif
#define FIRST (publisher[me].stage == waiting && MAY_COME(1) && IS_RECENT(0))
#define SECOND (publisher[me].stage == waiting && MAY_COME(2) && IS_RECENT(1) && (EVENTS < 3 || HAS(finished, 0)))
#define BOTH (publisher[me].stage == waiting && MAY_COME(3) && IS_RECENT(0) && IS_RECENT(1))
#define THIRD (publisher[me].stage == waiting && MAY_COME(4) && IS_RECENT(2))

/* log._read, second half: the heads. */
inline read_heads() {
    for (c : 0 .. CHANNELS - 1) {
        if
        :: TOUCHES(publisher[me].batch & ~publisher[me].claimed, c) ->
            PUT(publisher[me].cursor, c, log[c].head); PUT(publisher[me].epoch, c, log[c].epoch)
        :: else -> skip
        fi
    };
    publisher[me].stage = has_heads;
    printf("publisher %d: reads heads\n", me)
}

/* log._write: one transaction. It cancels if a head has moved or an event is claimed. */
inline write_log() {
    printf("publisher %d: writes\n", me);
    check_conditions(me);
    if
    :: ok ->
        for (e : 0 .. EVENTS - 1) {
            for (c : 0 .. CHANNELS - 1) {
                if
                :: HAS(publisher[me].batch & ~publisher[me].claimed, e) && IN(e, c) ->
                    n = GET(publisher[me].cursor, c) + 1;
                    PUT(publisher[me].cursor, c, n);
                    if
                    :: GET(publisher[me].epoch, c) == 0 -> PUT(publisher[me].epoch, c, next_epoch)
                    :: else -> skip
                    fi;
                    /* Each event has one number in a channel, and each number one event. */
                    assert(!HAS(log[c].logged, e));
                    assert(GET(log[c].history, n) == 0);
                    log[c].logged = log[c].logged | BIT(e);
                    PUT(log[c].history, n, e + 1);
                    PUT(log[c].numbers, e, n);
                    PUT(log[c].rows, n, e + 1);
                    log[c].second = (GET(publisher[me].epoch, c) == 2 -> log[c].second | BIT(n) : log[c].second & ~BIT(n));
                    log[c].head = n;
                    log[c].epoch = GET(publisher[me].epoch, c);
                    printf("  event %d is number %d of channel %d, epoch %d\n", e, n, c, log[c].epoch)
                :: else -> skip
                fi
            }
        };
#ifndef BROKEN_NO_CLAIM
        claims = claims | publisher[me].batch;
#endif
#ifdef BROKEN_FINISHED_BEFORE_POST
        finished = finished | publisher[me].batch;
#endif
        publisher[me].cursor = 0; publisher[me].epoch = 0;
        publisher[me].claimed = 0;
#if defined(BROKEN_SUBSCRIPTIONS_BEFORE_APPEND) || defined(BROKEN_REPEATS_ARE_NOT_POSTED)
        read_first()
#else
        stop(me) /* the repeat goes on */
#endif
    :: else ->
        printf("  cancelled: another process was first\n");
        stop(me)
    fi
}

/* The batch is acknowledged to the stream: then each event has its number. */
inline finish() {
    for (c : 0 .. CHANNELS - 1) {
        for (e : 0 .. EVENTS - 1) { assert(!HAS(publisher[me].batch, e) || !IN(e, c) || HAS(log[c].logged, e)) }
    };
    finished = finished | publisher[me].batch;
    printf("publisher %d: has finished\n", me);
    stop(me)
}

/* recipients._subscriptions: one query for each channel. */
inline read_subscriptions(channel) {
    if
    :: TOUCHES(publisher[me].batch, channel) ->
        PUT(publisher[me].seen, channel, log[channel].subscribers);
        printf("publisher %d: reads the subscriptions of channel %d: %d\n", me, channel, GET(publisher[me].seen, channel))
    :: else -> skip
    fi
}

#define IS_SEEN(client) (publisher[me].seen & (9 << client)) /* of the first or the second channel */

inline read_first() {
#ifndef BROKEN_SUBSCRIPTIONS_BEFORE_APPEND
    read_subscriptions(0);
#if CHANNELS > 1
    if
    :: TOUCHES(publisher[me].batch, 1) -> publisher[me].stage = reads_subscriptions
    :: else -> begin_posts()
    fi
#else
    begin_posts()
#endif
#else
    begin_posts()
#endif
}

inline begin_posts() {
    if
    :: publisher[me].seen -> publisher[me].stage = posting
    :: else -> finish()
    fi
}

/* log._read, first half: the claims. It is one call, but no transaction: claims and heads may be of different moments. */
inline begin(events) {
    publisher[me].batch = events;
    publisher[me].claimed = claims & publisher[me].batch;
    printf("publisher %d: gets events %d (a bit each), reads claims: %d\n", me, publisher[me].batch, publisher[me].claimed);
#ifdef BROKEN_SUBSCRIPTIONS_BEFORE_APPEND
    for (c : 0 .. CHANNELS - 1) { read_subscriptions(c) };
#endif
    if
    :: publisher[me].claimed != publisher[me].batch ->
        publisher[me].stage = has_claims
    :: else ->
        /* All are logged: they are only posted again. */
        publisher[me].claimed = 0;
#if defined(BROKEN_REPEATS_ARE_NOT_POSTED)
        finish()
#else
        read_first()
#endif
    fi;
    settle()
}

/* One post to a connection with the events of its channels, in order. */
inline post(client) {
    printf("publisher %d: posts to client %d\n", me, client);
    for (e : 0 .. EVENTS - 1) {
        for (c : 0 .. CHANNELS - 1) {
            if
            :: HAS(publisher[me].batch, e) && IN(e, c) && HAS(GET(publisher[me].seen, c), client) ->
                w = WATCH(client, c);
                take(w, GET(log[c].numbers, e), e + 1)
            :: else -> skip
            fi
        }
    };
    end_post(client)
}

inline lose(client) {
    printf("publisher %d: a post to client %d is lost\n", me, client);
    for (c : 0 .. CHANNELS - 1) {
        if
        :: HAS(GET(publisher[me].seen, c), client) ->
            w = WATCH(client, c);
            watch[w].clean = false;
            watch[w].tainted = (watch[w].request != idle)
        :: else -> skip
        fi
    };
    end_post(client)
}

inline end_post(client) {
    publisher[me].seen = publisher[me].seen & ~(9 << client);
    if
    :: publisher[me].seen -> skip
    :: else -> finish()
    fi;
    settle()
}

#define POST(client) \
    :: d_step { AS(publishes) && publisher[me].stage == posting && IS_SEEN(client) -> post(client) } \
    :: d_step { A_FAULT && publisher[me].stage == posting && IS_SEEN(client) -> COUNT_FAULT; lose(client) }

#ifdef LIVENESS
proctype Publisher(byte me; mtype role) {
#else
proctype Publisher(byte me) {
#endif
    do
    :: d_step { AS(publishes) && FIRST -> begin(1) }
#if EVENTS > 1
    :: d_step { AS(publishes) && SECOND -> begin(2) }
    :: d_step { AS(publishes) && BOTH -> begin(3) }
#endif
#if EVENTS > 2
    :: d_step { AS(publishes) && THIRD -> begin(4) }
#endif
    :: d_step { AS(publishes) && publisher[me].stage == has_claims -> read_heads(); settle() }
#ifdef BROKEN_CLAIM_FIRST
    :: d_step { publisher[me].stage == has_heads ->
        claims = claims | publisher[me].batch; publisher[me].stage = has_claimed; printf("publisher %d: claims\n", me); settle() }
    :: d_step { publisher[me].stage == has_claimed -> write_log(); settle() }
    :: d_step { publisher[me].stage == has_claimed -> printf("publisher %d: dies\n", me); stop(me); settle() }
#else
    :: d_step { AS(publishes) && publisher[me].stage == has_heads -> write_log(); settle() }
#endif
#if CHANNELS > 1
    :: d_step { AS(publishes) && publisher[me].stage == reads_subscriptions -> read_subscriptions(1); begin_posts(); settle() }
#endif
    POST(0)
#if CLIENTS > 1
    POST(1)
#endif
    /* The last connection that it would have posted to is gone. */
    :: d_step { AS(publishes) && publisher[me].stage == posting && publisher[me].seen == 0 -> finish(); settle() }
    :: d_step { A_FAULT && (publisher[me].stage == posting || IS_BUSY) ->
        COUNT_FAULT;
#ifdef BROKEN_STREAM_DOES_NOT_REPEAT
        dropped = dropped | publisher[me].batch;
#endif
        printf("publisher %d: dies\n", me); stop(me); settle() }
    od
}
