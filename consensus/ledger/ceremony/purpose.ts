// What a threshold key of the members is for. Each has generations of its own (PROTOCOL 7.13.1).

export const PURPOSES = ['identifier', 'emergency'] as const;
/** On the wire a byte: 1 = identifier, 2 = emergency. */
export type Purpose = (typeof PURPOSES)[number];

/** The identifier key that genesis names, whole with every member; ceremonies make generations from 1. */
export const GENESIS_GENERATION = 0;
