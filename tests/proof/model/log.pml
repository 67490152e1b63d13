/* The protocol of the channels' logs, for the model checker SPIN. check.py runs it; docs/proof.md explains it.
 *
 * Each atomic step stands for one call to DynamoDB, one post to a connection, or one step of a client. Between any
 * two steps another process may run, and the function may die. -DBROKEN_… builds in one fault, which SPIN must find.
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

#define WATCHES (CLIENTS * CHANNELS)
#define LAST (EVENTS + 1) /* the highest number; one more than is needed, for variants */
#define BIT(i) (1 << (i))
#define HAS(set, i) (((set) >> (i)) & 1)
#define AT(channel, seq) ((channel) * (LAST + 1) + (seq))
#define NUMBER(event, channel) number[(event) * CHANNELS + (channel)]
#define WATCH(client, channel) ((client) * CHANNELS + (channel))
#define HELD(watch, seq) held[(watch) * (LAST + 1) + (seq)]
#define SEEN(publisher, channel) seen[(publisher) * CHANNELS + (channel)]
/* Event 0 is only in the first channel, all others are in each. */
#define IN(event, channel) ((channel) == 0 || (event) > 0)
#define TOUCHES(batch, channel) ((channel) == 0 || ((batch) & ~1))

/* Tables. An event is stored as its index + 1; 0 is none. */
byte head[CHANNELS];                /* channel_log, seq 0: the cursor */
byte epoch[CHANNELS];               /* … and the epoch, 1 or 2; 0: there is no head */
byte row[CHANNELS * (LAST + 1)];    /* channel_log, seq 1 … */
byte second[CHANNELS];              /* the rows of epoch 2, a bit for each seq */
byte expired[CHANNELS];             /* the rows that TTL may delete */
byte claims;                        /* event_claims: a bit for each event */
byte number[EVENTS * CHANNELS];     /* … and its numbers */
byte subscribers[CHANNELS];         /* subscriptions: a bit for each client */
byte next_epoch = 1;

/* What the checks need. */
byte acknowledged;                  /* events whose row is written: their records are in the stream */
byte finished;                      /* events that a publisher has logged and posted */
byte gone;                          /* events whose records the stream no longer repeats */
byte logged[CHANNELS];              /* events that have a number */
byte history[CHANNELS * (LAST + 1)];/* the events of the present epoch by number, also those that have expired */
byte earlier[CHANNELS];             /* the events of the epoch before */
byte working;                       /* publishers that run */
byte days = DAYS;
byte restarts = RESTARTS;

/* Publishers: the subscriptions that each has read, by channel. */
byte seen[PUBLISHERS * CHANNELS];

/* Clients. */
bool connected[CLIENTS];
/* log.js and listener.js, for each client and channel. */
byte cursor[WATCHES];
byte known_epoch[WATCHES];          /* 0: no list was loaded yet */
byte held[WATCHES * (LAST + 1)];    /* ChannelLog.#held */
byte after[WATCHES];                /* Listener.#after */
byte has[WATCHES];                  /* events that the page has: of its list up to its cursor, and received since */
mtype = { idle, heads_of_list, rows_of_list,
          watched, no_rows, read_again, not_recovered, replaying, answering };
mtype list[WATCHES] = heads_of_list;
byte list_cursor[WATCHES];
byte list_epoch[WATCHES];
byte list_rows[WATCHES];
/* One request `subscribe`, at the client and at the server. */
mtype request[WATCHES] = idle;
byte since[WATCHES];
byte since_epoch[WATCHES];
byte found[WATCHES];                /* the replay: a bit for each seq */
byte answer_cursor[WATCHES];
byte answer_epoch[WATCHES];
bool recovered[WATCHES];
bool clean[WATCHES];                /* since `subscribed` no post was lost */
bool rewound[WATCHES];              /* during the request a list was loaded that ends before the cursor */
bool tainted[WATCHES];              /* a post was lost during the request */

/* Used within one step, and 0 between steps. */
byte e;
byte c;
byte n;
byte w;
byte ok;
byte any;
byte top;
byte count;
inline tidy() { e = 0; c = 0; n = 0; w = 0; ok = 0; any = 0; top = 0; count = 0 }

/* ---- log.py: heads. A missing head is created, so that a channel's epoch is known before its first event. ---- */
inline create_missing_head(ch) {
    if
    :: epoch[ch] == 0 -> epoch[ch] = next_epoch; head[ch] = 0
    :: else -> skip
    fi
}

/* ---- log.js ---- */

/* #next, and Listener.tell: the event reaches the page unless a list is being loaded or contains it. */
inline deliver(wa, seq, event) {
    if
    :: list[wa] == idle && seq > after[wa] ->
        after[wa] = seq;
        /* Exactly once. */
        assert(!HAS(has[wa], (event) - 1));
        has[wa] = has[wa] | BIT((event) - 1)
    :: else -> skip
    fi
}

/* #advance */
inline advance(wa) {
    do
    :: cursor[wa] < LAST && HELD(wa, cursor[wa] + 1) != 0 ->
        cursor[wa] = cursor[wa] + 1;
        deliver(wa, cursor[wa], HELD(wa, cursor[wa]));
        HELD(wa, cursor[wa]) = 0
    :: else -> break
    od;
    skip
}

inline take(wa, seq, event) {
    if
    :: (seq) <= cursor[wa] -> skip
    :: else ->
#ifdef BROKEN_CLIENT_ACCEPTS_A_GAP
        cursor[wa] = (seq) - 1;
#endif
        HELD(wa, seq) = event;
        advance(wa)
    fi
}

inline forget_held(wa) {
    for (n : 1 .. LAST) { HELD(wa, n) = 0 }
}

#if defined(BROKEN_CLIENT_ACCEPTS_A_STALE_ANSWER)
#define IS_STALE(wa) false
#elif defined(BROKEN_CLIENT_FORGETS_A_REWIND)
#define IS_STALE(wa) (since[wa] > cursor[wa])
#else
#define IS_STALE(wa) rewound[wa]
#endif

/* answered: what the client does with `subscribed`. */
inline answered(wa) {
    if
    :: IS_STALE(wa) ->
        printf("  its cursor is now %d: the answer is stale\n", cursor[wa]) /* the client asks again */
    :: !IS_STALE(wa) && !recovered[wa] ->
        cursor[wa] = answer_cursor[wa];
        known_epoch[wa] = answer_epoch[wa];
        clean[wa] = !tainted[wa];
        for (n : 1 .. LAST) {
            if
            :: n > cursor[wa] && HELD(wa, n) != 0 -> clean[wa] = false /* #newest: the client asks for it again */
            :: else -> skip
            fi
        }
#ifndef BROKEN_CLIENT_KEEPS_HELD_EVENTS
        forget_held(wa);
#endif
#ifndef BROKEN_CLIENT_DOES_NOT_RELOAD
        list[wa] = heads_of_list;
        has[wa] = 0; after[wa] = 0; list_rows[wa] = 0; list_cursor[wa] = 0; list_epoch[wa] = 0
#else
        skip
#endif
    :: !IS_STALE(wa) && recovered[wa] ->
        known_epoch[wa] = answer_epoch[wa];
        for (n : 1 .. LAST) {
            if
            :: n > cursor[wa] && n <= answer_cursor[wa] && HELD(wa, n) != 0 ->
                cursor[wa] = n;
                deliver(wa, n, HELD(wa, n));
                HELD(wa, n) = 0
            :: else -> skip
            fi
        }
        if
        :: answer_cursor[wa] > cursor[wa] -> cursor[wa] = answer_cursor[wa]
        :: else -> skip
        fi;
        for (n : 1 .. LAST) {
            if
            :: n <= cursor[wa] -> HELD(wa, n) = 0
            :: else -> skip
            fi
        }
        advance(wa);
        clean[wa] = !tainted[wa]
    fi;
    end_request(wa)
}

inline end_request(wa) {
    request[wa] = idle;
    since[wa] = 0; since_epoch[wa] = 0; found[wa] = 0;
    answer_cursor[wa] = 0; answer_epoch[wa] = 0; recovered[wa] = false; tainted[wa] = false; rewound[wa] = false
}

/* ---- Publishers: broadcast.publish, called by a stream's function ---- */

#define MAY_COME(event) (EVENTS > (event) && !HAS(gone, event))

/* log._write: one transaction. It cancels if a head has moved or an event is claimed. */
inline write_log() {
    ok = true;
    for (c : 0 .. CHANNELS - 1) {
        if
        :: TOUCHES(batch & ~claimed, c) ->
#ifndef BROKEN_UNCONDITIONAL_HEAD
            if
            :: head[c] != read_cursor[c] -> ok = false
            :: head[c] == read_cursor[c] && epoch[c] != read_epoch[c] -> ok = false
            :: else -> skip
            fi
#else
            skip
#endif
        :: else -> skip
        fi
    }
#if !defined(BROKEN_NO_CLAIM) && !defined(BROKEN_UNCONDITIONAL_CLAIM) && !defined(BROKEN_CLAIM_FIRST)
    if
    :: claims & batch & ~claimed -> ok = false
    :: else -> skip
    fi;
#endif
    if
    :: ok ->
        for (e : 0 .. EVENTS - 1) {
            if
            :: HAS(batch & ~claimed, e) ->
                for (c : 0 .. CHANNELS - 1) {
                    if
                    :: IN(e, c) ->
                        read_cursor[c] = read_cursor[c] + 1;
                        if
                        :: read_epoch[c] == 0 -> read_epoch[c] = next_epoch
                        :: else -> skip
                        fi;
                        n = read_cursor[c];
                        /* Each event has one number in a channel, and each number one event. */
                        assert(!HAS(logged[c], e));
                        assert(history[AT(c, n)] == 0);
                        logged[c] = logged[c] | BIT(e);
                        history[AT(c, n)] = e + 1;
                        NUMBER(e, c) = n;
                        row[AT(c, n)] = e + 1;
                        expired[c] = expired[c] & ~BIT(n);
                        second[c] = (read_epoch[c] == 2 -> second[c] | BIT(n) : second[c] & ~BIT(n));
                        head[c] = n;
                        epoch[c] = read_epoch[c];
                        printf("  event %d is number %d of channel %d, epoch %d\n", e, n, c, read_epoch[c])
                    :: else -> skip
                    fi
                }
            :: else -> skip
            fi
        };
#ifndef BROKEN_NO_CLAIM
        claims = claims | batch
#endif
    :: else -> printf("  cancelled: another process was first\n")
    fi;
    wrote = ok;
    for (c : 0 .. CHANNELS - 1) { read_cursor[c] = 0; read_epoch[c] = 0 }
}

/* Everything that a function knows is gone; its records come again. */
inline stop() {
    batch = 0; claimed = 0; wrote = false;
    for (c : 0 .. CHANNELS - 1) { read_cursor[c] = 0; read_epoch[c] = 0; SEEN(me, c) = 0 };
    working = working & ~BIT(me)
}

#define OR_DIES :: d_step { printf("publisher %d: dies\n", me); stop(); tidy() } -> goto waits

/* recipients._subscriptions: one query for each channel. */
#define READ_SUBSCRIPTIONS(channel) \
    if \
    :: atomic { TOUCHES(batch, channel) -> SEEN(me, channel) = subscribers[channel]; \
                printf("publisher %d: reads the subscriptions of channel %d: %d\n", me, channel, SEEN(me, channel)) } \
    :: !TOUCHES(batch, channel) \
    OR_DIES \
    fi

/* One post to a connection with the events of its channels, in order. */
inline post(client) {
    for (e : 0 .. EVENTS - 1) {
        for (c : 0 .. CHANNELS - 1) {
            if
            :: HAS(batch, e) && IN(e, c) && HAS(SEEN(me, c), client) ->
                w = WATCH(client, c);
                take(w, NUMBER(e, c), e + 1)
            :: else -> skip
            fi
        }
    }
}

inline lose(client) {
    for (c : 0 .. CHANNELS - 1) {
        if
        :: TOUCHES(batch, c) && HAS(SEEN(me, c), client) ->
            w = WATCH(client, c);
            clean[w] = false;
            tainted[w] = (request[w] != idle)
        :: else -> skip
        fi
    }
}

#if CHANNELS > 1
#define IS_SEEN(client) (HAS(SEEN(me, 0), client) || HAS(SEEN(me, 1), client))
#else
#define IS_SEEN(client) HAS(SEEN(me, 0), client)
#endif

#define POST(client) \
    if \
    :: d_step { IS_SEEN(client) -> printf("publisher %d: posts to client %d\n", me, client); post(client); tidy() } \
    :: d_step { IS_SEEN(client) -> printf("publisher %d: a post to client %d is lost\n", me, client); lose(client); tidy() } \
    :: !IS_SEEN(client) \
    OR_DIES \
    fi

proctype Publisher(byte me) {
    byte batch, claimed;
    bool wrote;
    byte read_cursor[CHANNELS], read_epoch[CHANNELS];
waits:
    /* The stream brings records: new ones, and any of the last 24 hours again, also to two functions at once. Events 0
     * and 1 are of the same row if there are three: their records come in this order. */
    atomic {
        if
        :: MAY_COME(0) -> batch = 1
        :: MAY_COME(1) && (EVENTS < 3 || HAS(finished, 0)) -> batch = 2
        :: MAY_COME(0) && MAY_COME(1) -> batch = 3
        :: MAY_COME(2) -> batch = 4
        fi;
        acknowledged = acknowledged | batch;
        working = working | BIT(me);
        printf("publisher %d: gets events %d (a bit each)\n", me, batch)
    };
#ifdef BROKEN_SUBSCRIPTIONS_BEFORE_APPEND
    READ_SUBSCRIPTIONS(0);
#if CHANNELS > 1
    READ_SUBSCRIPTIONS(1);
#endif
#endif
reads:
    /* log._read. One call, but no transaction: claims and heads may be of different moments. */
    if
    :: atomic { claimed = claims & batch; printf("publisher %d: reads claims: %d\n", me, claimed) }
    OR_DIES
    fi;
#ifdef BROKEN_REPEATS_ARE_NOT_POSTED
    if
    :: d_step { claimed == batch -> finished = finished | batch; stop(); tidy() } -> goto waits
    :: else -> skip
    fi;
#endif
    if
    :: claimed == batch -> skip /* all are logged: they are only posted again */
    :: d_step { claimed != batch ->
        for (c : 0 .. CHANNELS - 1) {
            if
            :: TOUCHES(batch & ~claimed, c) -> read_cursor[c] = head[c]; read_epoch[c] = epoch[c]
            :: else -> skip
            fi
        };
        printf("publisher %d: reads heads\n", me); tidy() };
#ifdef BROKEN_CLAIM_FIRST
        if
        :: d_step { claims = claims | batch; printf("publisher %d: claims\n", me) }
        OR_DIES
        fi;
#endif
        if
        :: d_step { printf("publisher %d: writes\n", me); write_log(); tidy() } ->
            if
            :: wrote -> wrote = false
            :: else -> goto reads
            fi
        OR_DIES
        fi
    OR_DIES
    fi;
#ifdef BROKEN_FINISHED_BEFORE_POST
    finished = finished | batch;
#endif
#ifndef BROKEN_SUBSCRIPTIONS_BEFORE_APPEND
    READ_SUBSCRIPTIONS(0);
#if CHANNELS > 1
    READ_SUBSCRIPTIONS(1);
#endif
#endif
    POST(0);
#if CLIENTS > 1
    POST(1);
#endif
    d_step {
        /* Acknowledged to the stream: then each event has its number. */
        for (c : 0 .. CHANNELS - 1) {
            for (e : 0 .. EVENTS - 1) { assert(!HAS(batch, e) || !IN(e, c) || HAS(logged[c], e)) }
        };
        finished = finished | batch;
        printf("publisher %d: has finished\n", me);
        stop();
        tidy() };
    goto waits
}

/* ---- Clients (watch.js, listener.js) and their requests at the server (subscriptions.subscribe, replay.replay) ---- */

#ifdef BROKEN_EPOCH_IGNORED
#define IS_SAME_EPOCH(one, other) true
#else
#define IS_SAME_EPOCH(one, other) ((one) == (other))
#endif

/* replay._after and replay._is_whole. `top`: the newest row. `ok`: whether the rows are all that was missed. */
inline query(wa, ch) {
    found[wa] = 0; ok = true; any = false; top = since[wa]; count = 0;
    for (n : 1 .. LAST) {
        if
        :: n > since[wa] && row[AT(ch, n)] != 0 ->
            any = true;
            ok = ok && IS_SAME_EPOCH(HAS(second[ch], n) + 1, since_epoch[wa]);
#ifndef BROKEN_REPLAY_WITH_GAPS
            ok = ok && n == top + 1;
#endif
            if
            :: HAS(expired[ch], n) ->
#ifndef BROKEN_REPLAY_WITH_GAPS
                ok = false
#else
                skip
#endif
            :: else -> found[wa] = found[wa] | BIT(n); count++
            fi;
            top = n
        :: else -> skip
        fi
    };
#ifdef BROKEN_REPLAY_OFF_BY_ONE
    found[wa] = found[wa] & ~BIT(top);
#endif
    if
    :: any && ok -> answer_cursor[wa] = top; answer_epoch[wa] = since_epoch[wa]; recovered[wa] = true
    :: else -> found[wa] = 0
    fi;
    printf("  rows after %d: %d (a bit each), whole: %d\n", since[wa], found[wa], any && ok)
}

/* A replay with more than 5 MB is cut. `subscribe` then answers recovered: false. */
inline cut(wa) {
#ifdef BROKEN_CUT_WITHOUT_MORE
    found[wa] = BIT(since[wa] + 1)
#else
    found[wa] = 0; recovered[wa] = false; answer_cursor[wa] = 0; answer_epoch[wa] = 0
#endif
}

/* Whether the client lacks an event with a number up to its cursor. */
#define HAS_EVENT(watch, event) HAS(has[watch], event)
#define LACKS(watch, channel, seq) \
    (LAST >= seq && cursor[watch] >= seq && (history[AT(channel, seq)] == 0 || \
     !HAS_EVENT(watch, history[AT(channel, seq)] - 1)))
#define LACKS_ANY(watch, channel) \
    (LACKS(watch, channel, 1) || LACKS(watch, channel, 2) || LACKS(watch, channel, 3) \
     || (earlier[channel] & ~has[watch]))

/* TTL, at any time after the expiry and in any order. */
#define DELETE(seq) \
    :: d_step { days < DAYS && row[AT(me, seq)] != 0 && HAS(expired[me], seq) -> \
                row[AT(me, seq)] = 0; expired[me] = expired[me] & ~BIT(seq); second[me] = second[me] & ~BIT(seq); \
                printf("TTL deletes row %d of channel %d\n", seq, me); tidy() }

proctype Watch(byte client; byte ch) {
    byte me = WATCH(client, ch);
    do
    /* A list over REST: its cursors, *then* its rows (api/orders.py); then the client shows it (Listener.#loaded,
     * Watch.#begin, ChannelLog.start). Of the rows only those count whose events are logged up to the cursor: later
     * events must also come as events. So it makes no difference how long after the cursors the rows are read. */
    :: d_step { list[me] == heads_of_list ->
#ifndef BROKEN_LIST_ROWS_BEFORE_CURSORS
        create_missing_head(ch);
        list_cursor[me] = head[ch]; list_epoch[me] = epoch[ch];
        printf("client %d, channel %d: its list ends at %d of epoch %d\n", client, ch, head[ch], epoch[ch]);
#else
        list_rows[me] = acknowledged;
        printf("client %d, channel %d: its list has events %d\n", client, ch, acknowledged);
#endif
        list[me] = rows_of_list; tidy() }
    :: d_step { list[me] == rows_of_list ->
#ifndef BROKEN_LIST_ROWS_BEFORE_CURSORS
        list_rows[me] = acknowledged;
#else
        create_missing_head(ch);
        list_cursor[me] = head[ch]; list_epoch[me] = epoch[ch];
#endif
        has[me] = earlier[ch];
        for (n : 1 .. LAST) {
            if
            :: n <= list_cursor[me] && history[AT(ch, n)] != 0 -> has[me] = has[me] | BIT(history[AT(ch, n)] - 1)
            :: else -> skip
            fi
        };
        has[me] = has[me] & list_rows[me];
        list[me] = idle; after[me] = list_cursor[me];
        if
        :: known_epoch[me] != list_epoch[me] ->
            forget_held(me);
            cursor[me] = list_cursor[me]; known_epoch[me] = list_epoch[me]; clean[me] = false
#ifndef BROKEN_CLIENT_DOES_NOT_REWIND
        :: known_epoch[me] == list_epoch[me] && list_cursor[me] < cursor[me] ->
            cursor[me] = list_cursor[me]; clean[me] = false; rewound[me] = (request[me] != idle);
            advance(me)
#endif
        :: else ->
            /* If the list ends later, the next event shows a gap, and the client asks after a second. */
            clean[me] = clean[me] && list_cursor[me] == cursor[me]
        fi;
        list_rows[me] = 0; list_cursor[me] = 0; list_epoch[me] = 0;
        printf("client %d, channel %d: shows its list, cursor %d\n", client, ch, cursor[me]); tidy() }

    /* The connection, shared by the client's channels. Its rows are deleted with it. */
    :: d_step { ch == 0 && !connected[client] -> connected[client] = true; printf("client %d: connects\n", client); tidy() }
    :: d_step { ch == 0 && connected[client] ->
        connected[client] = false;
        for (c : 0 .. CHANNELS - 1) {
            w = WATCH(client, c);
            subscribers[c] = subscribers[c] & ~BIT(client);
            for (e : 0 .. PUBLISHERS - 1) { SEEN(e, c) = SEEN(e, c) & ~BIT(client) };
            clean[w] = false;
            end_request(w)
        };
        printf("client %d: is disconnected\n", client); tidy() }

    /* Watch.#ask: after a new connection, a gap or a heartbeat; here at any time. subscriptions.watch, *then* replay. */
    :: d_step { connected[client] && request[me] == idle && known_epoch[me] != 0 ->
        since[me] = cursor[me]; since_epoch[me] = known_epoch[me]; request[me] = watched;
#ifndef BROKEN_LOG_READ_BEFORE_SUBSCRIPTION
        subscribers[ch] = subscribers[ch] | BIT(client);
#endif
        printf("client %d, channel %d: subscribes since %d of epoch %d\n", client, ch, cursor[me], known_epoch[me]);
        tidy() }
    /* The function dies, or the answer is lost. */
    :: d_step { request[me] != idle -> end_request(me); printf("client %d, channel %d: no answer\n", client, ch); tidy() }

    :: d_step { request[me] == watched ->
        printf("client %d, channel %d: the log is read\n", client, ch);
        query(me, ch); request[me] = (recovered[me] -> replaying : (any -> not_recovered : no_rows)); tidy() }
#ifdef BROKEN_LOG_READ_EVENTUALLY_CONSISTENT
    :: d_step { request[me] == watched && since_epoch[me] == epoch[ch] && since[me] < head[ch] ->
        answer_cursor[me] = since[me]; answer_epoch[me] = epoch[ch]; recovered[me] = true; request[me] = answering;
        printf("client %d, channel %d: an old state of the log is read, head %d\n", client, ch, since[me]); tidy() }
#endif
    /* No rows: up to date, or events came after the first read, or all have expired. */
    :: d_step { request[me] == no_rows ->
        create_missing_head(ch);
        printf("client %d, channel %d: the head is read: %d of epoch %d\n", client, ch, head[ch], epoch[ch]);
        if
        :: since[me] == head[ch] && IS_SAME_EPOCH(since_epoch[me], epoch[ch]) ->
            answer_cursor[me] = head[ch]; answer_epoch[me] = epoch[ch]; recovered[me] = true; request[me] = answering
        :: else -> request[me] = (since[me] < head[ch] -> read_again : not_recovered)
        fi; tidy() }
    :: d_step { request[me] == read_again ->
        printf("client %d, channel %d: the log is read again\n", client, ch);
        query(me, ch); request[me] = (recovered[me] -> replaying : not_recovered); tidy() }
    :: d_step { request[me] == replaying && (found[me] & (found[me] - 1)) ->
        cut(me); request[me] = (recovered[me] -> replaying : not_recovered);
        printf("client %d, channel %d: the replay is too large\n", client, ch); tidy() }
    :: d_step { request[me] == not_recovered ->
        create_missing_head(ch);
        answer_cursor[me] = head[ch]; answer_epoch[me] = epoch[ch]; request[me] = answering;
        printf("client %d, channel %d: recovered: false, head %d of epoch %d\n", client, ch, head[ch], epoch[ch]); tidy() }
    :: d_step { request[me] == replaying ->
        for (count : 1 .. LAST) {
            if
            :: HAS(found[me], count) && row[AT(ch, count)] != 0 -> take(me, count, row[AT(ch, count)])
            :: else -> skip
            fi
        };
        found[me] = 0; request[me] = answering;
#ifdef BROKEN_HEAD_READ_AFTER_THE_REPLAY
        answer_cursor[me] = head[ch];
#endif
        printf("client %d, channel %d: gets the replay, cursor %d\n", client, ch, cursor[me]); tidy() }
    :: d_step { request[me] == answering ->
        printf("client %d, channel %d: gets subscribed, cursor %d of epoch %d, recovered: %d\n",
               client, ch, answer_cursor[me], answer_epoch[me], recovered[me]);
#ifdef BROKEN_LOG_READ_BEFORE_SUBSCRIPTION
        subscribers[ch] = subscribers[ch] | BIT(client);
#endif
        answered(me); tidy() }

    /* ---- What must hold ---- */

    /* A cursor means that the client has everything up to it, by the list or by events. */
    :: d_step { list[me] == idle && known_epoch[me] == epoch[ch] && LACKS_ANY(me, ch) ->
        printf("client %d, channel %d lacks an event up to its cursor %d\n", client, ch, cursor[me]); assert(false) }
    /* Without lost posts, a subscribed client has everything that was published, without asking again. */
    :: d_step { clean[me] && request[me] == idle && list[me] == idle && (logged[ch] & ~finished) == 0 &&
                (logged[ch] & ~has[me]) != 0 ->
        printf("client %d, channel %d was not sent all: it has %d of %d\n", client, ch, has[me], logged[ch]);
        assert(false) }
    od
}


/* ---- Time ---- */

#if CLIENTS > 1
#define CONNECTED (connected[0] || connected[1])
#else
#define CONNECTED connected[0]
#endif
#define LOADS(watch) (WATCHES > (watch) && list[(watch) % WATCHES] != idle && list[(watch) % WATCHES] != heads_of_list)
#define LOADING (LOADS(0) || LOADS(1) || LOADS(2) || LOADS(3))
#if CHANNELS > 1
#define LOGGED (logged[0] | logged[1])
#else
#define LOGGED logged[0]
#endif

proctype Time() {
    do
    /* 24 hours: longer than functions run, connections live and posts are repeated. All records have been handled, and
     * no longer come again. Rows of the log expire. */
    :: d_step { days > 0 && LOGGED != 0 && working == 0 && acknowledged == finished && !CONNECTED && !LOADING ->
        days--;
        gone = acknowledged;
        claims = 0;
        for (c : 0 .. CHANNELS - 1) {
            for (n : 1 .. LAST) {
                if
                :: row[AT(c, n)] != 0 -> expired[c] = expired[c] | BIT(n)
                :: else -> skip
                fi
            }
        };
        printf("24 hours pass\n"); tidy() }
    /* The heads are lost, after a long silence or by a fault: no event of theirs is on its way. */
    :: d_step { restarts > 0 && LOGGED != 0 && (LOGGED & ~gone) == 0 && !CONNECTED && !LOADING ->
        restarts--;
        next_epoch = 2;
        for (c : 0 .. CHANNELS - 1) {
            head[c] = 0; epoch[c] = 0; earlier[c] = logged[c];
            for (n : 1 .. LAST) { history[AT(c, n)] = 0 }
        };
        printf("the heads are lost\n"); tidy() }
#ifdef BROKEN_SHORT_CLAIM
    :: d_step { claims & finished & ~gone -> claims = claims & ~(finished & ~gone); printf("claims expire\n"); tidy() }
#endif
    od
}

/* TTL deletes expired rows. */
proctype Expiry(byte me) {
    do
    DELETE(1)
    DELETE(2)
#if LAST > 2
    DELETE(3)
#endif
    od
}

init {
    atomic {
        run Publisher(0);
#if PUBLISHERS > 1
        run Publisher(1);
#endif
        for (c : 0 .. CHANNELS - 1) {
            run Watch(0, c);
#if CLIENTS > 1
            run Watch(1, c);
#endif
#if DAYS > 0
            run Expiry(c)
#endif
        };
        run Time()
    }
}
