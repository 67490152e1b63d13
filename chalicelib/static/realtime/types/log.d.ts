/**
 * One channel's log as a client has it: up to where it has everything, and what came too early. The rules are
 * docs/protocol.md's "Never miss"; nothing here sends or waits.
 *
 * @typedef {{type: string, id: string, timestamp: string, cursors?: Record<string, number>, [key: string]: any}} Event
 *   A message about something that happened; what it tells is the format's.
 * @typedef {{cursor: number, epoch: string, recovered: boolean}} Answer
 *   What `subscribed` says of a channel.
 */
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
 * A message about something that happened; what it tells is the format's.
 */
export type Event = {
    type: string;
    id: string;
    timestamp: string;
    cursors?: Record<string, number>;
    [key: string]: any;
};
/**
 * What `subscribed` says of a channel.
 */
export type Answer = {
    cursor: number;
    epoch: string;
    recovered: boolean;
};
