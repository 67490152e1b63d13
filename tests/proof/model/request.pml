/* Requests of clients (watch.js, connection.js) at the server: lists, subscriptions.subscribe, replay.replay. */

#ifdef BROKEN_EPOCH_IGNORED
#define IS_SAME_EPOCH(one, other) true
#else
#define IS_SAME_EPOCH(one, other) ((one) == (other))
#endif

#define IS_ROW(ch, seq) (GET(log[ch].rows, seq) != 0)
#define IS_EXPIRED(ch, seq) (IS_ROW(ch, seq) && HAS(gone, GET(log[ch].rows, seq) - 1))

/* TTL deletes some of the expired rows, in any order. */
inline delete_some(ch) {
    missing = 0;
#if DAYS > 0
    n = 1;
    do
    :: n <= LAST && IS_EXPIRED(ch, n) -> missing = missing | BIT(n); n++
    :: n <= LAST -> n++
    :: n > LAST -> break
    od;
#endif
    n = 0
}

/* replay._after and replay._is_whole. `top`: the newest row. `ok`: whether the rows are all that was missed. */
inline query(wa, ch) {
    watch[wa].found = 0; ok = true; any = false; top = watch[wa].since;
    for (n : 1 .. LAST) {
        if
        :: n > watch[wa].since && IS_ROW(ch, n) && !HAS(missing, n) ->
            any = true;
            ok = ok && IS_SAME_EPOCH(HAS(log[ch].second, n) + 1, watch[wa].since_epoch);
#ifndef BROKEN_REPLAY_WITH_GAPS
            ok = ok && n == top + 1 && !IS_EXPIRED(ch, n);
#endif
            if
            :: IS_EXPIRED(ch, n) -> skip
            :: else -> watch[wa].found = watch[wa].found | BIT(n)
            fi;
            top = n
        :: else -> skip
        fi
    };
#ifdef BROKEN_REPLAY_OFF_BY_ONE
    watch[wa].found = watch[wa].found & ~BIT(top);
#endif
    if
    :: any && ok -> watch[wa].answer_cursor = top; watch[wa].answer_epoch = watch[wa].since_epoch; watch[wa].recovered = true
    :: else -> watch[wa].found = 0
    fi;
    printf("  rows after %d: %d (a bit each), whole: %d\n", watch[wa].since, watch[wa].found, any && ok)
}

/* A replay with more than 5 MB is cut. `subscribe` then answers recovered: false. */
inline cut(wa) {
#ifdef BROKEN_CUT_WITHOUT_MORE
    watch[wa].found = BIT(watch[wa].since + 1)
#else
    watch[wa].found = 0; watch[wa].recovered = false; watch[wa].answer_cursor = 0; watch[wa].answer_epoch = 0
#endif
}

/* What is known of a request for as long as it matters: no longer than `subscribed`, where it has a number up to the
 * cursor. */
inline go_on(wa, next) {
    watch[wa].request = next;
#ifndef KEEPS_ALL
    if
    :: next == replaying || next == not_recovered || next == answering -> watch[wa].since = 0; watch[wa].since_epoch = 0
    :: else -> skip
    fi;
    if
    :: watch[wa].request == answering && watch[wa].recovered && watch[wa].answer_cursor <= watch[wa].cursor ->
        watch[wa].answer_cursor = 0
    :: else -> skip
    fi;
#endif
    skip
}
#if defined(BROKEN_CLIENT_ACCEPTS_A_STALE_ANSWER) || defined(BROKEN_CLIENT_FORGETS_A_REWIND) || defined(BROKEN_CUT_WITHOUT_MORE)
#define KEEPS_ALL
#endif

/* The rows of a list, and the client shows it. Of the rows only those count whose events are logged up to the cursor:
 * later events must also come as events. So it makes no difference how long after the cursors the rows are read. */
inline read_rows(wa, ch) {
    watch[wa].has = log[ch].earlier;
    for (n : 1 .. LAST) {
        if
        :: n <= watch[wa].list_cursor && GET(log[ch].history, n) != 0 -> watch[wa].has = watch[wa].has | BIT(GET(log[ch].history, n) - 1)
        :: else -> skip
        fi
    }
}

/* Whether the client lacks an event with a number up to its cursor. */
#define LACKS(wa, channel, seq) \
    (LAST >= seq && watch[wa].cursor >= seq && (GET(log[channel].history, seq) == 0 || \
     !HAS(watch[wa].has, GET(log[channel].history, seq) - 1)))
#define LACKS_ANY(wa, channel) \
    (LACKS(wa, channel, 1) || LACKS(wa, channel, 2) || LACKS(wa, channel, 3) \
     || (log[channel].earlier & ~watch[wa].has))

#ifdef LIVENESS
proctype Watch(byte client; byte ch; mtype role) {
#else
proctype Watch(byte client; byte ch) {
#endif
    byte me = WATCH(client, ch);
    do
    /* A list over REST: its cursors, *then* its rows (api/orders.py). */
    :: d_step { AS(loads) && watch[me].list == heads_of_list ->
#ifndef BROKEN_LIST_ROWS_BEFORE_CURSORS
        create_missing_head(ch);
        watch[me].list_cursor = log[ch].head; watch[me].list_epoch = log[ch].epoch;
        printf("client %d, channel %d: its list ends at %d of epoch %d\n", client, ch, log[ch].head, log[ch].epoch);
#else
        watch[me].has = log[ch].logged; /* rows of other events may be missing: their transactions may come later */
        printf("client %d, channel %d: its list has events %d\n", client, ch, watch[me].has);
#endif
        watch[me].list = rows_of_list; settle() }
    :: d_step { AS(loads) && watch[me].list == rows_of_list ->
#ifndef BROKEN_LIST_ROWS_BEFORE_CURSORS
        read_rows(me, ch);
#else
        create_missing_head(ch);
        watch[me].list_cursor = log[ch].head; watch[me].list_epoch = log[ch].epoch;
#endif
        loaded(me);
        printf("client %d, channel %d: shows its list, cursor %d\n", client, ch, watch[me].cursor);
        settle() }

    /* The connection, shared by the client's channels, ends. Its rows are deleted with it. Open requests have no answer
     * before. */
    :: d_step { A_FAULT && ch == 0 && CONNECTED(client) && !ASKS(client) ->
        COUNT_FAULT;
        for (c : 0 .. CHANNELS - 1) {
            w = WATCH(client, c);
            log[c].subscribers = log[c].subscribers & ~BIT(client);
            watch[w].clean = false;
            OWE(w)
        };
        for (e : 0 .. PUBLISHERS - 1) { publisher[e].seen = publisher[e].seen & ~(9 << client) };
        printf("client %d: is disconnected\n", client);
        settle() }

#ifdef LIVENESS
    /* Listener.#load: if no list comes, the client loads it again. */
    :: d_step { A_FAULT && watch[me].list == rows_of_list ->
        COUNT_FAULT; watch[me].list = failed; watch[me].list_cursor = 0; watch[me].list_epoch = 0;
        printf("client %d, channel %d: no list\n", client, ch); settle() }
#ifndef BROKEN_CLIENT_LOADS_ONCE
    :: d_step { AS(loads) && watch[me].list == failed ->
        watch[me].list = heads_of_list; printf("client %d, channel %d: loads again\n", client, ch); settle() }
#endif
    /* Watch.head: a heartbeat's answer shows another end of the log, or another epoch. */
#ifndef BROKEN_HEARTBEATS_WITHOUT_CURSORS
    :: d_step { AS(beats) && SUBSCRIBED(client, ch) && !OWES(me) && watch[me].request == idle && watch[me].epoch != 0 &&
                (log[ch].head != watch[me].cursor || log[ch].epoch != watch[me].epoch) ->
        OWE(me); printf("client %d, channel %d: a heartbeat shows %d\n", client, ch, log[ch].head); settle() }
#endif
    :: d_step { A_FAULT -> faults = 0; printf("the last fault\n"); settle() }
#endif

    /* Watch.#ask: after a new connection, a gap or a heartbeat; here at any time. subscriptions.watch, *then* replay. */
    :: d_step { AS(asks) && OWES(me) && watch[me].request == idle && watch[me].epoch != 0 ->
#ifdef LIVENESS
        watch[me].owes = false;
#endif
        watch[me].since = watch[me].cursor; watch[me].since_epoch = watch[me].epoch; watch[me].request = watched;
        watch[me].clean = false; /* Without an answer, or with a stale one, the client asks again. */
#ifndef BROKEN_LOG_READ_BEFORE_SUBSCRIPTION
        log[ch].subscribers = log[ch].subscribers | BIT(client);
#endif
        printf("client %d, channel %d: subscribes since %d of epoch %d\n", client, ch, watch[me].cursor, watch[me].epoch);
        settle() }
    /* The function dies, or the answer is lost. Between these two states a request does nothing that others notice. */
    :: d_step { A_FAULT && (watch[me].request == watched || watch[me].request == answering) ->
        COUNT_FAULT;
#ifdef BROKEN_CLIENT_WAITS_FOREVER
        watch[me].request = unanswered;
#else
        end_request(me);
        OWE(me);
#endif
        printf("client %d, channel %d: no answer\n", client, ch); settle() }

    :: atomic { AS(answers) && watch[me].request == watched ->
        delete_some(ch);
        d_step {
            printf("client %d, channel %d: the log is read\n", client, ch);
            query(me, ch); go_on(me, (watch[me].recovered -> replaying : (any -> not_recovered : no_rows))); settle() } }
#ifdef BROKEN_LOG_READ_EVENTUALLY_CONSISTENT
    :: d_step { watch[me].request == watched && watch[me].since_epoch == log[ch].epoch && watch[me].since < log[ch].head ->
        watch[me].answer_cursor = watch[me].since; watch[me].answer_epoch = log[ch].epoch; watch[me].recovered = true; watch[me].request = answering;
        printf("client %d, channel %d: an old state of the log is read, head %d\n", client, ch, watch[me].since); settle() }
#endif
    /* No rows: up to date, or events came after the first read, or all have expired. */
    :: d_step { AS(answers) && watch[me].request == no_rows ->
        create_missing_head(ch);
        printf("client %d, channel %d: the head is read: %d of epoch %d\n", client, ch, log[ch].head, log[ch].epoch);
        if
        :: watch[me].since == log[ch].head && IS_SAME_EPOCH(watch[me].since_epoch, log[ch].epoch) ->
            watch[me].answer_cursor = log[ch].head; watch[me].answer_epoch = log[ch].epoch; watch[me].recovered = true; go_on(me, answering)
        :: else -> go_on(me, (watch[me].since < log[ch].head -> read_again : not_recovered))
        fi;
        settle() }
    :: atomic { AS(answers) && watch[me].request == read_again ->
        delete_some(ch);
        d_step {
            printf("client %d, channel %d: the log is read again\n", client, ch);
            query(me, ch); go_on(me, (watch[me].recovered -> replaying : not_recovered)); settle() } }
    :: d_step { AS(answers) && watch[me].request == replaying && (watch[me].found & (watch[me].found - 1)) ->
        cut(me); go_on(me, (watch[me].recovered -> replaying : not_recovered));
        printf("client %d, channel %d: the replay is too large\n", client, ch); settle() }
    :: d_step { AS(answers) && watch[me].request == not_recovered ->
        create_missing_head(ch);
        watch[me].answer_cursor = log[ch].head; watch[me].answer_epoch = log[ch].epoch; go_on(me, answering);
        printf("client %d, channel %d: recovered: false, head %d of epoch %d\n", client, ch, log[ch].head, log[ch].epoch);
        settle() }
    :: d_step { AS(answers) && watch[me].request == replaying ->
        for (top : 1 .. LAST) {
            if
            :: HAS(watch[me].found, top) && IS_ROW(ch, top) -> take(me, top, GET(log[ch].rows, top))
            :: else -> skip
            fi
        };
        watch[me].found = 0;
#ifdef BROKEN_HEAD_READ_AFTER_THE_REPLAY
        watch[me].answer_cursor = log[ch].head;
#endif
        go_on(me, answering);
        printf("client %d, channel %d: gets the replay, cursor %d\n", client, ch, watch[me].cursor); settle() }
    :: d_step { AS(answers) && watch[me].request == answering ->
        printf("client %d, channel %d: gets subscribed, cursor %d of epoch %d, recovered: %d\n",
               client, ch, watch[me].answer_cursor, watch[me].answer_epoch, watch[me].recovered);
#ifdef BROKEN_LOG_READ_BEFORE_SUBSCRIPTION
        log[ch].subscribers = log[ch].subscribers | BIT(client);
#endif
        answered(me); settle() }

#ifndef LIVENESS
    /* ---- What must hold ---- */

    /* A cursor means that the client has everything up to it, by the list or by events. */
    :: d_step { watch[me].list == idle && watch[me].epoch == log[ch].epoch && LACKS_ANY(me, ch) ->
        printf("client %d, channel %d lacks an event up to its cursor %d\n", client, ch, watch[me].cursor); assert(false) }
    /* Without lost posts, a subscribed client has everything that was published, without asking again. */
    :: d_step { watch[me].clean && watch[me].request == idle && watch[me].list == idle && (log[ch].logged & ~finished) == 0 &&
                (log[ch].logged & ~watch[me].has) != 0 ->
        printf("client %d, channel %d was not sent all: it has %d of %d\n", client, ch, watch[me].has, log[ch].logged);
        assert(false) }
#endif
    od
}
