// The numbers of trust between organisations (PROTOCOL 7.10.6 to 7.10.12). All of them are law: changing one changes what
// is applied.

export const DAY = 86_400_000;
/** Longest life of an automatic report from when it was issued, ms. */
export const AUTOMATIC_LIFE = DAY;

/** Reputation is counted in thousandths. Where every organisation begins. */
export const START_REPUTATION = 500;
/** Below this its reports have no effect elsewhere. */
export const LEAST_REPUTATION = 300;
/** The most that it moves in one day. */
export const REPUTATION_STEP = 100;
/** One confirmation or one mistake, in the units of the counts behind a reputation. */
export const ONE = 1_000;
/** Of 1,000,000: what is left of a count after a day, so that half is left after 30. */
export const DAILY_DECAY = 977_160;

/** What an organisation at starting reputation may send that has an effect elsewhere. */
export const AUTOMATIC_INTERVAL = 2_000;
export const AUTOMATIC_BURST = 60;
export const AUTOMATIC_PER_DAY = 500;
export const MANUAL_PER_DAY = 20;
export const RANGES_PER_DAY = 5;
export const DISPUTES_PER_DAY = 100;
/** Reports in force: of one organisation, and of all. */
export const MAX_ACTIVE = 5_000;
export const MAX_ACTIVE_ALL = 50_000;

/**
 * Reports in the state, in force or over and not taken away yet, whatever they count for: of one organisation, and of all
 * together. What waits to be taken away counts too, so that nobody adds faster than blocks take away.
 */
export const MAX_ROWS = 8_000;
export const MAX_ROWS_ALL = 150_000;
/** One part in so many of an organisation's is kept for reports by hand, so that no flood of automatic ones shuts them out. */
export const BY_HAND_PARTS = 8;
/** The least that an extension adds, ms: each brings a report back into the queue of those that end. */
export const LEAST_EXTENSION = DAY / 2;

/** A report this soon after one of another organisation counts only with evidence of its own. */
export const COPY_WINDOW = 600_000;
export const OWN_EVIDENCE = 60;

/** How many organisations must dispute a tag, for how long that suspends its reports, and bars who reported it. */
export const DISPUTES_TO_SUSPEND = 2;
export const SUSPENSION = DAY;
export const BAR = 7 * DAY;
/** Suspended reports about addresses that nobody may block, within a day, that stop an organisation's sharing. */
export const HITS_TO_STOP = 3;
/** What such a suspension weighs, for who reported; and for who disputed, once others say that it was false. */
export const HIT_WEIGHT = 3;
/** For how long a word for taking an organisation's sharing back counts, ms. */
export const REINSTATING_LIFE = 30 * DAY;

/** Width of the steps in which reports end together, ms. */
export const EXPIRY_STEP = 600_000;
