/* Each step ends with `settle`, which chooses one state among those that are alike. */

inline exchange(one, other) { spare = one; one = other; other = spare }
#define EXCHANGED(set) ((((set) & 1) << 1) | ((set) >> 1))
#define IN_ORDER (key[0] < key[1] || (key[0] == key[1] && more_key[0] <= more_key[1]))

/* Everything that a function knows is gone; its records come again. */
inline stop(who) {
    publisher[who].stage = waiting; publisher[who].batch = 0; publisher[who].claimed = 0;
    publisher[who].cursor = 0; publisher[who].epoch = 0; publisher[who].seen = 0
}

/* Whether no head has moved and no event was claimed since they were read. */
inline check_conditions(who) {
    ok = true;
#ifndef BROKEN_UNCONDITIONAL_HEAD
    for (c : 0 .. CHANNELS - 1) {
        if
        :: publisher[who].stage != has_claims && TOUCHES(publisher[who].batch & ~publisher[who].claimed, c) ->
            ok = ok && log[c].head == GET(publisher[who].cursor, c) && log[c].epoch == GET(publisher[who].epoch, c)
        :: else -> skip
        fi
    };
#endif
#if !defined(BROKEN_NO_CLAIM) && !defined(BROKEN_UNCONDITIONAL_CLAIM) && !defined(BROKEN_CLAIM_FIRST)
    ok = ok && !(claims & publisher[who].batch & ~publisher[who].claimed);
#endif
    skip
}

/* A publisher whose transaction will be cancelled stops at once. */
inline stop_late_publishers() {
    for (w : 0 .. PUBLISHERS - 1) {
        if
        :: publisher[w].stage == has_claims || publisher[w].stage == has_heads ->
            check_conditions(w);
            if
            :: ok -> skip
            :: else -> stop(w)
            fi
        :: else -> skip
        fi
    }
}

/* Exchanges the publishers if they are not in the order of their keys. Any key would be sound. */
inline order_publishers() {
    for (n : 0 .. 1) {
        key[n] = publisher[n].stage + (publisher[n].batch << 5) + (publisher[n].claimed << 8);
        more_key[n] = publisher[n].cursor + (publisher[n].epoch << 6) + (publisher[n].seen << 12)
    };
    if
    :: IN_ORDER -> skip
    :: else ->
        exchange(publisher[0].stage, publisher[1].stage);
        exchange(publisher[0].batch, publisher[1].batch);
        exchange(publisher[0].claimed, publisher[1].claimed);
        exchange(publisher[0].cursor, publisher[1].cursor);
        exchange(publisher[0].epoch, publisher[1].epoch);
        exchange(publisher[0].seen, publisher[1].seen)
    fi
}

/* The same with the clients; of the first channel that is not alike. */
inline order_clients() {
    for (c : 0 .. CHANNELS - 1) {
        for (n : 0 .. 1) {
            w = WATCH(n, c);
            key[n] = watch[w].request + (watch[w].list << 5) + (watch[w].cursor << 10) + (watch[w].list_cursor << 13) +
                (watch[w].since << 16) + (watch[w].answer_cursor << 19) + (watch[w].epoch << 22) + (watch[w].clean << 24) +
                (watch[w].rewound << 25) + (watch[w].tainted << 26) + (watch[w].recovered << 27) + (SUBSCRIBED(n, c) << 28);
            more_key[n] = watch[w].since_epoch + (watch[w].answer_epoch << 2) + (watch[w].list_epoch << 4) +
                (watch[w].found << 6) + (watch[w].has << 11) + (watch[w].held << 14)
        };
        if
        :: key[0] == key[1] && more_key[0] == more_key[1] -> skip
        :: else -> break
        fi
    };
    if
    :: IN_ORDER -> skip
    :: else ->
        for (c : 0 .. CHANNELS - 1) {
            exchange(watch[WATCH(0, c)].cursor, watch[WATCH(1, c)].cursor);
            exchange(watch[WATCH(0, c)].epoch, watch[WATCH(1, c)].epoch);
            exchange(watch[WATCH(0, c)].held, watch[WATCH(1, c)].held);
            exchange(watch[WATCH(0, c)].after, watch[WATCH(1, c)].after);
            exchange(watch[WATCH(0, c)].has, watch[WATCH(1, c)].has);
            exchange(watch[WATCH(0, c)].list, watch[WATCH(1, c)].list);
            exchange(watch[WATCH(0, c)].list_cursor, watch[WATCH(1, c)].list_cursor);
            exchange(watch[WATCH(0, c)].list_epoch, watch[WATCH(1, c)].list_epoch);
            exchange(watch[WATCH(0, c)].request, watch[WATCH(1, c)].request);
            exchange(watch[WATCH(0, c)].since, watch[WATCH(1, c)].since);
            exchange(watch[WATCH(0, c)].since_epoch, watch[WATCH(1, c)].since_epoch);
            exchange(watch[WATCH(0, c)].found, watch[WATCH(1, c)].found);
            exchange(watch[WATCH(0, c)].answer_cursor, watch[WATCH(1, c)].answer_cursor);
            exchange(watch[WATCH(0, c)].answer_epoch, watch[WATCH(1, c)].answer_epoch);
            exchange(watch[WATCH(0, c)].recovered, watch[WATCH(1, c)].recovered);
            exchange(watch[WATCH(0, c)].clean, watch[WATCH(1, c)].clean);
            exchange(watch[WATCH(0, c)].rewound, watch[WATCH(1, c)].rewound);
            exchange(watch[WATCH(0, c)].tainted, watch[WATCH(1, c)].tainted);
            log[c].subscribers = EXCHANGED(log[c].subscribers);
            for (n : 0 .. PUBLISHERS - 1) {
                PUT(publisher[n].seen, c, EXCHANGED(GET(publisher[n].seen, c)))
            }
        }
    fi
}

inline settle() {
#if CLIENTS > 1 && !defined(LIVENESS)
    order_clients();
#endif
#if PUBLISHERS > 1 && !defined(LIVENESS)
    stop_late_publishers();
    order_publishers();
#endif
    tidy()
}
