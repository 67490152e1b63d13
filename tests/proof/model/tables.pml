/* What there is: tables, what publishers and clients know, and what the checks need. */

#define WATCHES (CLIENTS * CHANNELS)
#define LAST (EVENTS + 1) /* the highest number; one more than is needed, for variants */
#define BIT(i) (1 << (i))
#define HAS(set, i) (((set) >> (i)) & 1)
/* Events by number, and numbers by event: three bits each. An event is stored as its index + 1; 0 is none. */
#define GET(digits, i) (((digits) >> (3 * (i))) & 7)
#define PUT(digits, i, digit) digits = ((digits) & ~(7 << (3 * (i)))) | ((digit) << (3 * (i)))
#define WATCH(client, channel) ((client) * CHANNELS + (channel))
/* Event 0 is only in the first channel, all others are in each. */
#define IN(event, channel) ((channel) == 0 || (event) > 0)
#define TOUCHES(events, channel) ((channel) == 0 || ((events) & ~1))

/* The tables, and what the checks need. */
typedef Channel {
    unsigned head : 3;              /* channel_log, seq 0: the cursor */
    unsigned epoch : 2;             /* … and the epoch, 1 or 2; 0: there is no head */
    unsigned rows : 15;             /* channel_log, seq 1 …: events by number */
    unsigned second : 5;            /* the rows of epoch 2, a bit for each seq */
    unsigned subscribers : 2;       /* subscriptions: a bit for each client */
    unsigned numbers : 9;           /* event_claims: numbers by event */
    unsigned logged : 3;            /* events that have a number */
    unsigned history : 15;          /* the events of the present epoch by number, also those that have expired */
    unsigned earlier : 3            /* the events of the epoch before */
};
Channel log[CHANNELS];
unsigned claims : 3;                /* event_claims: a bit for each event */
unsigned next_epoch : 2 = 1;
unsigned finished : 3;              /* events that a publisher has logged and posted */
unsigned gone : 3;                  /* events that are older than 24 hours: no repeats; their rows have expired */
unsigned days : 1 = DAYS;
unsigned restarts : 1 = RESTARTS;

/* Publishers. */
mtype = { waiting, has_claims, has_heads, has_claimed, reads_subscriptions, posting };
typedef Function {
    unsigned stage : 5 = waiting;
    unsigned batch : 3;             /* its events */
    unsigned claimed : 3;           /* those of them that are logged already */
    unsigned cursor : 6;            /* the heads that it has read, three bits for each channel */
    unsigned epoch : 6;
    unsigned seen : 6               /* the subscriptions that it has read, and has not posted to */
};
Function publisher[PUBLISHERS];

/* log.js and listener.js, for each client and channel; and one request `subscribe`, at the client and at the server. */
mtype = { idle, heads_of_list, rows_of_list, failed,
          watched, no_rows, read_again, not_recovered, replaying, answering, unanswered };
typedef Watching {
    unsigned cursor : 3;
    unsigned epoch : 2;             /* 0: no list was loaded yet */
    unsigned held : 15;             /* ChannelLog.#held: events by number */
    unsigned after : 3;             /* Listener.#after */
    unsigned has : 3;               /* events that the page has: of its list up to its cursor, and received since */
    unsigned list : 5 = heads_of_list;
    unsigned list_cursor : 3;
    unsigned list_epoch : 2;
    unsigned request : 5 = idle;
    unsigned since : 3;
    unsigned since_epoch : 2;
    unsigned found : 5;             /* the replay: a bit for each seq */
    unsigned answer_cursor : 3;
    unsigned answer_epoch : 2;
    bool recovered;
    bool clean;                     /* since `subscribed` no post was lost */
    bool rewound;                   /* during the request a list was loaded that ends before the cursor */
#ifdef LIVENESS
    bool owes = true;               /* the client has to ask: after a new connection, a gap, an error, a heartbeat */
#endif
    bool tainted                    /* a post was lost during the request */
};
Watching watch[WATCHES];

/* Used within one step only. A breadth-first search needs them in the state: then `tidy` clears them. */
#ifdef BREADTH_FIRST
#define TEMPORARY byte
#define TEMPORARY_INT int
#else
#define TEMPORARY hidden byte
#define TEMPORARY_INT hidden int
#endif
TEMPORARY e;
TEMPORARY c;
TEMPORARY n;
TEMPORARY w;
TEMPORARY ok;
TEMPORARY any;
TEMPORARY top;
TEMPORARY missing;                  /* expired rows that TTL has deleted */
TEMPORARY_INT spare;
TEMPORARY_INT key[2];
TEMPORARY_INT more_key[2];

inline tidy() {
#ifdef BREADTH_FIRST
    e = 0; c = 0; n = 0; w = 0; ok = 0; any = 0; top = 0; missing = 0; spare = 0;
    key[0] = 0; key[1] = 0; more_key[0] = 0; more_key[1] = 0
#else
    skip
#endif
}

#define SUBSCRIBED(client, channel) HAS(log[channel].subscribers, client)
#define IS_OPEN(client, channel) (SUBSCRIBED(client, channel) || watch[WATCH(client, channel)].request != idle)
#if CHANNELS > 1
#define CONNECTED(client) (IS_OPEN(client, 0) || IS_OPEN(client, 1))
#define ASKS(client) (watch[WATCH(client, 0)].request != idle || watch[WATCH(client, 1)].request != idle)
#define LOGGED (log[0].logged | log[1].logged)
#else
#define CONNECTED(client) IS_OPEN(client, 0)
#define ASKS(client) (watch[WATCH(client, 0)].request != idle)
#define LOGGED log[0].logged
#endif

/* log.py: heads. A missing head is created, so that a channel's epoch is known before its first event. */
inline create_missing_head(ch) {
    if
    :: log[ch].epoch == 0 -> log[ch].epoch = next_epoch; log[ch].head = 0
    :: else -> skip
    fi
}
