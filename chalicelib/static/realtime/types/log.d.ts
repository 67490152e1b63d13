export class ChannelLog {
    /** @param {(number: number, event: Event) => void} deliver gets every event once, in order */
    constructor(deliver: (number: number, event: Event) => void);
    /** @type {number | undefined} Up to where everything is here; unknown before the first answer. */
    cursor: number | undefined;
    /** @type {string | undefined} Which log the numbers are of. */
    epoch: string | undefined;
    /** Whether something is known to be missing. */
    get behind(): boolean;
    /**
     * Whether numbers of this epoch say nothing about ours.
     *
     * @param {string | undefined} epoch
     */
    isOther(epoch: string | undefined): boolean;
    /**
     * Whether the server's log is not the one that we know: it has restarted.
     *
     * @param {number} number where it ends
     * @param {string} [epoch]
     */
    contradicts(number: number, epoch?: string): boolean;
    /**
     * Whether another event has had this number: numbers are given once in a log.
     *
     * @param {number} number
     * @param {Event} event
     */
    isTaken(number: number, { id }: Event): boolean;
    /** Nothing that is known holds any more; `start` or the next answer says where to begin. */
    forget(): void;
    /**
     * Begins at a cursor: a list's, a welcome's, or an earlier one than now, whose events are then delivered again.
     *
     * @param {number} cursor
     * @param {string} [epoch]
     */
    start(cursor: number, epoch?: string): void;
    /**
     * An event of this channel, live or replayed.
     *
     * @param {number} number
     * @param {Event} event
     */
    take(number: number, event: Event): void;
    /** @param {number} number where the log ends, as the server says */
    head(number: number): void;
    /** What a `subscribe` says so that nothing is missed; without a cursor it is from now on. */
    ask(): {};
    /**
     * The answer to the last `subscribe`, after what was replayed.
     *
     * @param {Answer} answer
     * @returns {"whole" | "lost" | "stale"} lost: too much was missed, and a list must be loaded anew. stale: it answers
     *   for another cursor than the one that counts by now
     */
    answered(answer: Answer): "whole" | "lost" | "stale";
    #private;
}
/**
 * A message about something that happened; its content depends on the format.
 */
export type Event = {
    type: string;
    id: string;
    timestamp: string;
    cursors?: Record<string, number>;
    [key: string]: any;
};
/**
 * What `subscribed` says of a channel. more: there is more after `cursor`, to be asked for.
 */
export type Answer = {
    cursor: number;
    epoch: string;
    recovered: boolean;
    more?: boolean;
};
