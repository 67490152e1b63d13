/** Ids that were seen lately. Old ones are forgotten: what comes again comes within minutes. */
export class Recent {
    constructor(most?: number);
    /**
     * @param {string} id
     * @returns {boolean} whether it is new
     */
    add(id: string): boolean;
    clear(): void;
    #private;
}
