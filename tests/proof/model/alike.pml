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

/* The same with the clients, in C: it takes half the time. */
inline order_clients() {
    c_code {
        struct Watching *one = &now.watch[0], *other = &now.watch[CHANNELS], between[CHANNELS];
        int order = memcmp(one, other, sizeof(between)), c, n;
        for (c = 0; order == 0 && c < CHANNELS; c++) order = (now.log[c].subscribers == 1) - (now.log[c].subscribers == 2);
        if (order > 0) {
            memcpy(between, one, sizeof(between));
            memcpy(one, other, sizeof(between));
            memcpy(other, between, sizeof(between));
            for (c = 0; c < CHANNELS; c++) now.log[c].subscribers = EXCHANGED(now.log[c].subscribers);
            for (n = 0; n < PUBLISHERS; n++)
                now.publisher[n].seen = (now.publisher[n].seen & 9) << 1 | (now.publisher[n].seen & 18) >> 1;
        }
    }
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
