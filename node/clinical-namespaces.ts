// Who writes where in the clinical database: one byte each, never used for anything else again.
export const CLINICAL = {
  resources: Uint8Array.of(0x72),
  identifiers: Uint8Array.of(0x70),
  evidence: Uint8Array.of(0x65),
  /** This clinic's own decisions about addresses. */
  pins: Uint8Array.of(0x6f),
  /** Blocks without an end. */
  lastingBlocks: Uint8Array.of(0x6a),
  /** Of REST requests that may be repeated. */
  answers: Uint8Array.of(0x61),
  /** Of evaluations for other clinics. */
  quotas: Uint8Array.of(0x71),
  /** Identifiers of patients for the time being. */
  provisionals: Uint8Array.of(0x76),
  /** Of the search for duplicates. */
  suggestions: Uint8Array.of(0x6c),
  /** What is shown of patients before a record is opened. */
  directory: Uint8Array.of(0x6e),
  /** Emergencies that this clinic opened, helped with or has a chart for. */
  emergencies: Uint8Array.of(0x62),
  /** Whose accounts are those of which patients. */
  patientAccounts: Uint8Array.of(0x77),
  /** Who acts for which patients. */
  representatives: Uint8Array.of(0x67),
  /** What patients decided, and what they said looks wrong. */
  patientWords: Uint8Array.of(0x64),
  /** How often category keys were made, to compare with their own database. */
  keyMark: Uint8Array.of(0x6b),
  /** Erasures and holds. */
  erasures: Uint8Array.of(0x78),
  /** Which take-overs were told by mail. */
  takeOverNotices: Uint8Array.of(0x7a),
  /** Which take-overs there are of which patients. */
  takeOverIndex: Uint8Array.of(0x74),
  /** Patients who ask to be erased. */
  erasureWishes: Uint8Array.of(0x79),
} as const;
