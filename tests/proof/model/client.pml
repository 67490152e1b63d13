/* log.js and listener.js: one channel's log as a client has it. */

/* #next, and Listener.deliver: the event reaches the page unless a list is being loaded or contains it. */
inline deliver(wa, seq, event) {
    if
    :: watch[wa].list == idle && seq > watch[wa].after ->
        watch[wa].after = seq;
        /* Exactly once. */
        assert(!HAS(watch[wa].has, (event) - 1));
        watch[wa].has = watch[wa].has | BIT((event) - 1)
    :: else -> skip
    fi
}

/* #advance */
inline advance(wa) {
    do
    :: watch[wa].cursor < LAST && GET(watch[wa].held, watch[wa].cursor + 1) != 0 ->
        watch[wa].cursor = watch[wa].cursor + 1;
        deliver(wa, watch[wa].cursor, GET(watch[wa].held, watch[wa].cursor));
        PUT(watch[wa].held, watch[wa].cursor, 0)
    :: else -> break
    od;
    skip
}

inline ask_if_behind(wa) {
    if
    :: watch[wa].held != 0 -> OWE(wa)
    :: else -> skip
    fi
}

inline take(wa, seq, event) {
    if
    :: (seq) <= watch[wa].cursor -> skip
    :: else ->
#ifdef BROKEN_CLIENT_ACCEPTS_A_GAP
        watch[wa].cursor = (seq) - 1;
#endif
        PUT(watch[wa].held, seq, event);
        advance(wa);
        ask_if_behind(wa)
    fi
}

inline forget_held(wa) {
    for (n : 1 .. LAST) { PUT(watch[wa].held, n, 0) }
}

#if defined(BROKEN_CLIENT_ACCEPTS_A_STALE_ANSWER)
#define IS_STALE(wa) false
#elif defined(BROKEN_CLIENT_FORGETS_A_REWIND)
#define IS_STALE(wa) (watch[wa].since > watch[wa].cursor)
#else
#define IS_STALE(wa) watch[wa].rewound
#endif

/* answered: what the client does with `subscribed`. */
inline answered(wa) {
    if
    :: IS_STALE(wa) ->
        printf("  its cursor is now %d: the answer is stale\n", watch[wa].cursor);
        OWE(wa)
    :: !IS_STALE(wa) && !watch[wa].recovered ->
        watch[wa].cursor = watch[wa].answer_cursor;
        watch[wa].epoch = watch[wa].answer_epoch;
        watch[wa].clean = !watch[wa].tainted;
        for (n : 1 .. LAST) {
            if
            :: n > watch[wa].cursor && GET(watch[wa].held, n) != 0 -> watch[wa].clean = false; OWE(wa) /* #newest */
            :: else -> skip
            fi
        }
#ifndef BROKEN_CLIENT_KEEPS_HELD_EVENTS
        forget_held(wa);
#endif
#ifndef BROKEN_CLIENT_DOES_NOT_RELOAD
        watch[wa].list = heads_of_list;
        watch[wa].has = 0; watch[wa].after = 0; watch[wa].list_cursor = 0; watch[wa].list_epoch = 0
#else
        skip
#endif
    :: !IS_STALE(wa) && watch[wa].recovered ->
        watch[wa].epoch = watch[wa].answer_epoch;
        for (n : 1 .. LAST) {
            if
            :: n > watch[wa].cursor && n <= watch[wa].answer_cursor && GET(watch[wa].held, n) != 0 ->
                watch[wa].cursor = n;
                deliver(wa, n, GET(watch[wa].held, n));
                PUT(watch[wa].held, n, 0)
            :: else -> skip
            fi
        }
        if
        :: watch[wa].answer_cursor > watch[wa].cursor -> watch[wa].cursor = watch[wa].answer_cursor
        :: else -> skip
        fi;
        for (n : 1 .. LAST) {
            if
            :: n <= watch[wa].cursor -> PUT(watch[wa].held, n, 0)
            :: else -> skip
            fi
        }
        advance(wa);
        ask_if_behind(wa);
        watch[wa].clean = !watch[wa].tainted
    fi;
    end_request(wa)
}

inline end_request(wa) {
    watch[wa].request = idle;
    watch[wa].since = 0; watch[wa].since_epoch = 0; watch[wa].found = 0;
    watch[wa].answer_cursor = 0; watch[wa].answer_epoch = 0; watch[wa].recovered = false; watch[wa].tainted = false; watch[wa].rewound = false
}

/* Listener.#loaded, Watch.#begin, ChannelLog.start: the client shows the list that it has loaded. */
inline loaded(wa) {
    watch[wa].list = idle; watch[wa].after = watch[wa].list_cursor;
    if
    :: watch[wa].epoch != watch[wa].list_epoch ->
        forget_held(wa);
        watch[wa].cursor = watch[wa].list_cursor; watch[wa].epoch = watch[wa].list_epoch; watch[wa].clean = false;
        OWE(wa)
#ifndef BROKEN_CLIENT_DOES_NOT_REWIND
    :: watch[wa].epoch == watch[wa].list_epoch && watch[wa].list_cursor < watch[wa].cursor ->
        watch[wa].cursor = watch[wa].list_cursor; watch[wa].clean = false; watch[wa].rewound = (watch[wa].request != idle);
        OWE(wa);
        advance(wa)
#endif
    :: else ->
        /* If the list ends later, the next event shows a gap, and the client asks after a second. */
        watch[wa].clean = watch[wa].clean && watch[wa].list_cursor == watch[wa].cursor
    fi;
    watch[wa].list_cursor = 0; watch[wa].list_epoch = 0
}
