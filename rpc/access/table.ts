// Who may call what: one rule for every method and stream, for all doors. docs/ACCESS.md is made from it.
// A method without a row does not compile, and is refused to everybody.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { MethodName } from '../schema/methods.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';
import type { AccessRule } from './rule.ts';

const reads: AccessRule = { who: 'readers', scope: 'chain:read' };
const operates: AccessRule = { who: 'operator', logged: true };
const treats: readonly Role[] = ['reception', 'admin', 'doctor', 'nurse'];
/** Of what is in records; an application by itself where a consent names it. */
const readsRecords = { who: ['doctor', 'nurse'], notOperator: true, object: 'patient', logged: true } as const;
const writesRecords: readonly Role[] = ['doctor', 'nurse'];
/** Who speaks for the clinic about what it keeps. */
const decidesCustody: readonly Role[] = ['doctor', 'nurse', 'privacy-officer'];
/** Who decides about erasures; the chain counts these roles too (PROTOCOL 7.7.3). */
const officers: readonly Role[] = ['admin', 'privacy-officer'];
const overlook: readonly Role[] = ['admin', 'auditor', 'privacy-officer'];
const watches: AccessRule = { who: ['admin', 'auditor'], scope: 'node:read' };

/** Roles that see the photo of another person; `account_photoGet` asks, since everybody sees the own. */
export const SEES_PHOTOS = treats;

/** A patient about herself: whose records, the session says. */
const patient: AccessRule = { who: ['patient'], person: true };
const decides: AccessRule = { ...patient, logged: true };

/** A person does it for the own account. */
const person: AccessRule = { who: 'signed-in', person: true };

export const ACCESS: { readonly [M in MethodName]: AccessRule } = {
  // The door itself.
  'rpc.discover': { who: 'anyone' },
  subscribe: { who: 'anyone', passive: true },
  unsubscribe: { who: 'anyone', passive: true },

  // The node.
  node_health: { who: 'anyone', passive: true },
  node_status: watches,
  node_config: { who: ['admin'] },
  key_list: { who: ['admin', 'auditor'] },
  key_rotate: operates,
  peer_list: watches,
  peer_ban: operates,
  peer_unban: operates,

  // The chain and what is proven from it.
  chain_head: reads,
  chain_block: reads,
  chain_blocks: reads,
  chain_transaction: reads,
  chain_statement: reads,
  chain_search: reads,
  chain_getProof: reads,
  chain_getHeaders: reads,
  chain_getLightChain: reads,
  chain_getGenesis: reads,
  chain_signCheckpoint: operates,
  chain_installCheckpoint: operates,
  mining_status: reads,
  mining_stats: reads,
  mining_leaderboard: reads,
  wallet_list: reads,
  wallet_transfer: operates,

  // Keys that the members make together.
  ceremony_status: reads,
  ceremony_begin: operates,

  // Members and governance.
  member_list: reads,
  member_proposals: reads,
  member_observers: { who: ['admin', 'auditor'] },
  member_invite: operates,
  member_uninvite: operates,
  member_propose: operates,
  member_approve: operates,
  member_prepare: operates,
  member_submit: operates,
  member_leave: operates,

  // Statements: a session sends what its own device keys signed, and sees what became of it.
  tx_submit: { who: 'signed-in', relation: 'self' },
  tx_wait: { who: 'signed-in', scope: 'tx:read', passive: true },
  mempool_status: watches,
  outbox_list: { who: 'signed-in', relation: 'self' },

  // Signing in. What follows is of the person who is signed in; guessing is slowed down where it is judged.
  session_start: { who: 'anyone', passive: true },
  session_signIn: { who: 'anyone', object: 'name', logged: true, signsIn: true },
  session_factor: { who: 'anyone', logged: true, signsIn: true },
  session_passkeyStart: { who: 'anyone', passive: true },
  session_passkeyFinish: { who: 'anyone', logged: true, signsIn: true },
  session_walletStart: { who: 'anyone', passive: true },
  session_walletFinish: { who: 'anyone', logged: true, signsIn: true },
  session_current: { who: 'anyone', passive: true },
  session_confirmStart: person,
  session_confirm: { ...person, logged: true },
  session_list: person,
  session_end: { ...person, relation: 'self', object: 'session', logged: true },
  session_endOthers: { ...person, logged: true },
  session_signOut: { ...person, logged: true },

  // Registering, and the own account.
  account_invitation: { who: 'anyone' },
  account_register: { who: 'anyone', object: 'name', logged: true },
  account_resetStart: { who: 'anyone', object: 'nameOrMail', logged: true },
  account_resetFinish: { who: 'anyone', logged: true },
  account_me: { ...person, passive: true },
  account_changePassword: { ...person, logged: true },
  account_vaultGet: { ...person, logged: true },
  account_vaultPut: { ...person, logged: true },
  account_totpStart: { ...person, logged: true },
  account_totpFinish: { ...person, logged: true },
  account_totpRemove: { ...person, fresh: true, logged: true },
  account_recoveryCodesNew: { ...person, fresh: true, logged: true },
  account_passkeyStart: { ...person, logged: true },
  account_passkeyFinish: { ...person, logged: true },
  account_passkeyRemove: { ...person, logged: true },
  account_walletLink: { ...person, logged: true },
  account_walletUnlink: { ...person, logged: true },
  account_profileChange: { ...person, logged: true },
  account_photoPut: { ...person, logged: true },
  account_photoGet: { ...person, object: 'user', passive: true },

  // The way back by trusted people. Whoever lost every way in has no session; what is handed out when, the handler decides.
  recovery_guardians: { ...person, passive: true },
  recovery_find: { ...person, object: 'name', logged: true },
  recovery_set: { ...person, logged: true },
  recovery_end: { ...person, logged: true },
  recovery_begin: { who: 'anyone', object: 'name', logged: true },
  recovery_collect: { who: 'anyone', logged: true },
  recovery_finish: { who: 'anyone', logged: true },
  recovery_release: { ...person, fresh: true, object: 'user', logged: true },
  recovery_refuse: { ...person, object: 'user', logged: true },
  recovery_stop: { ...person, logged: true },

  // Accounts on the chain. Preparing needs no session: whoever registers or recovers has none yet.
  account_prepare: { who: 'anyone' },
  account_get: { who: 'signed-in', scope: 'chain:read', passive: true },
  account_setRole: operates,
  account_suspend: operates,

  // Patients.
  patient_register: { who: treats, scope: 'patient:write', logged: true },
  patient_import: { who: treats, scope: 'patient:write', logged: true },
  patient_get: { who: treats, scope: 'patient:read', object: 'patient', logged: true },
  patient_search: { who: treats, scope: 'patient:read', object: 'patient', logged: true },
  patient_card: { who: treats, scope: 'patient:read', object: 'patient', logged: true },
  patient_named: { who: [...treats, 'privacy-officer'], scope: 'patient:read', passive: true, logged: true },
  patient_history: { who: treats, scope: 'patient:read', object: 'patient', logged: true },
  patient_suggestions: { who: treats, scope: 'patient:read', logged: true },
  patient_link: { who: treats, scope: 'patient:write', object: 'patient', logged: true },
  patient_unlink: { who: treats, scope: 'patient:write', object: 'patient', logged: true },
  patient_dismiss: { who: treats, scope: 'patient:write', logged: true },
  identifier_status: watches,
  identifier_grant: operates,

  // Who read what of patients.
  audit_events: { who: overlook, object: 'patient', logged: true },
  audit_proof: { who: overlook, logged: true },
  audit_disclosures: { who: overlook, object: 'patient', logged: true },
  audit_status: { who: overlook },

  // Patients who take over what clinics keep. Who may prepare which action is asked by the handler too.
  takeover_list: { who: [...treats, 'privacy-officer'], object: 'patient' },
  takeover_get: { who: [...treats, 'privacy-officer'], object: 'takeOver' },
  takeover_prepare: { who: 'signed-in', object: 'patient', logged: true },
  takeover_witness: { who: treats, object: 'takeOver', logged: true },
  takeover_acknowledge: { who: ['admin', 'privacy-officer'], object: 'takeOver', logged: true },
  takeover_object: { who: ['admin', 'privacy-officer'], object: 'takeOver', logged: true },
  takeover_withdraw: { who: ['admin', 'privacy-officer'], object: 'takeOver', logged: true },

  // Charts: who may do what of it is decided again by custody and consents, record by record.
  record_write: { who: writesRecords, scope: 'record:write', smart: 'c', object: 'patient', logged: true },
  record_import: { who: writesRecords, scope: 'record:write', smart: 'c', object: 'patient', logged: true },
  record_amend: { who: writesRecords, smart: 'u', object: 'patient', logged: true },
  record_list: { ...readsRecords, smart: 's' },
  record_read: { ...readsRecords, smart: 'r' },
  record_readMany: { ...readsRecords, smart: 'r' },
  record_attach: { who: writesRecords, scope: 'record:write', smart: 'c', object: 'patient', logged: true },
  record_download: { ...readsRecords, smart: 'r' },
  consent_request: { who: ['doctor', 'nurse'], object: 'patient', logged: true },
  consent_colleague: { who: ['doctor', 'nurse'], person: true, object: 'user', logged: true },
  consent_delegate: { who: ['doctor', 'nurse'], person: true, object: 'patient', logged: true },
  consent_grant: { who: decidesCustody, object: 'patient', logged: true },
  consent_deny: { who: decidesCustody, object: 'patient', logged: true },
  consent_organisation: { who: decidesCustody, object: 'patient', logged: true },
  consent_revoke: { who: decidesCustody, object: 'consent', logged: true },
  consent_list: { who: decidesCustody, object: 'patient', logged: true },
  consent_requests: { who: decidesCustody },

  // A patient about herself, and who says whose account it is.
  patient_attach: { who: ['reception', 'admin'], object: 'patient', logged: true },
  patient_account: { who: ['reception', 'admin'], object: 'patient', logged: true },
  patient_detachAccount: { who: ['reception', 'admin'], object: 'patient', logged: true },
  patient_representativeAdd: { who: ['reception', 'admin'], object: 'patient', logged: true },
  patient_representatives: { who: ['reception', 'admin', 'privacy-officer'], object: 'patient', logged: true },
  patient_representativeEnd: { who: ['reception', 'admin', 'privacy-officer'], object: 'patient', logged: true },
  me_actingFor: { ...patient, passive: true },
  me_representatives: patient,
  me_delegate: { ...decides, object: 'user' },
  me_representativeEnd: { ...decides, object: 'representative' },
  me_summary: patient,
  me_records: patient,
  me_recordRead: { ...patient, object: 'record' },
  me_recordDownload: { ...patient, object: 'record' },
  me_envelope: { ...patient, object: 'record' },
  me_vault: patient,
  me_recordAdd: decides,
  me_requests: patient,
  me_applications: patient,
  me_recipients: patient,
  me_answer: { ...decides, object: 'request' },
  me_sharing: patient,
  me_share: decides,
  me_branches: decides,
  me_stop: { ...decides, object: 'share' },
  me_rekey: decides,
  me_access: patient,
  me_dispute: decides,
  me_erasure: patient,
  me_erasureAsk: decides,
  me_erasureCancel: decides,
  me_takeOvers: patient,
  me_takeOverPrepare: decides,
  me_takeOverObject: { ...decides, object: 'takeOver' },
  me_notices: { ...patient, passive: true },
  audit_disputes: { who: overlook, logged: true },

  // Emergency access, and what is erased. Other clinics check an emergency again, each for itself.
  emergency_open: { who: ['doctor', 'nurse'], person: true, fresh: true, object: 'patient', logged: true },
  emergency_close: { who: ['doctor', 'nurse', 'privacy-officer'], object: 'emergency', logged: true },
  emergency_review: { who: ['privacy-officer'], person: true, object: 'emergency', logged: true },
  emergency_list: { who: ['doctor', 'nurse', 'privacy-officer', 'auditor', 'admin'] },
  erasure_request: { who: officers, object: 'patient', logged: true },
  erasure_hold: { who: officers, object: 'patient', logged: true },
  erasure_release: { who: officers, object: 'hold', logged: true },
  erasure_list: { who: overlook },
  erasure_wishes: { who: overlook },
  erasure_answer: { who: officers, person: true, object: 'wish', logged: true },
  erasure_prepare: { who: officers, person: true, object: 'erasure', logged: true },
  erasure_certificate: { who: overlook, object: 'erasure' },
  erasure_challenge: { who: overlook, object: 'erasure', logged: true },

  // Ciphertext on the disk.
  blob_status: { who: ['admin'] },
  blob_repair: operates,
  blob_collect: operates,

  // Collective defence.
  threat_list: { who: ['admin', 'auditor'], scope: 'threat:read' },
  threat_follow: { who: ['admin'], scope: 'threat:gateway' },
  threat_check: { who: ['admin', 'auditor'], scope: 'threat:read' },
  threat_stats: { ...watches, scope: 'threat:read', passive: true },
  threat_top: { who: ['admin', 'auditor'], scope: 'threat:read', passive: true, logged: true },
  threat_log: { who: ['admin', 'auditor'], scope: 'threat:read', object: ['address', 'reference'], logged: true },
  threat_explain: { who: ['admin', 'auditor'], scope: 'threat:read', object: 'address', logged: true },
  threat_ingest: { who: 'operator', scope: 'threat:gateway' },
  threat_breakers: { who: ['admin', 'auditor'], scope: 'threat:read', passive: true },
  threat_release: { who: ['admin'], fresh: true, object: ['breaker', 'gateway'], logged: true },
  threat_pins: { who: ['admin', 'auditor'], scope: 'threat:read' },
  threat_pin: { who: ['admin'], fresh: true, object: 'address', logged: true },
  threat_unpin: { who: ['admin'], fresh: true, object: 'address', logged: true },
  threat_dispute: { who: ['admin'], fresh: true, object: 'address', logged: true },
  threat_reinstate: { who: ['admin'], fresh: true, object: 'organisation', logged: true },
  threat_block: { who: ['admin'], fresh: true, object: 'address', logged: true },
  threat_unblock: { who: ['admin'], fresh: true, object: 'address', logged: true },
  threat_signatureList: { who: ['admin', 'auditor'], scope: ['threat:read', 'threat:gateway'] },
  threat_signaturePropose: { who: ['admin'], fresh: true, scope: 'threat:gateway', logged: true },
  threat_signatureConfirm: { who: ['admin'], fresh: true, object: 'signature', logged: true },
  threat_signatureRetire: { who: ['admin'], fresh: true, object: 'signature', logged: true },

  // Keys of applications.
  apikey_create: { who: ['admin'], fresh: true, logged: true },
  apikey_list: { who: ['admin'] },
  apikey_rotate: { who: ['admin'], fresh: true, object: 'id', logged: true },
  apikey_revoke: { who: ['admin'], fresh: true, object: 'id', logged: true },

  // What administrators do about people; who watches over them reads the event log.
  admin_users: { who: ['admin'] },
  admin_user: { who: ['admin'], object: 'user', logged: true },
  admin_approvals: { who: ['admin'] },
  admin_approvalPhoto: { who: ['admin'], object: 'approval', passive: true },
  admin_decide: { who: ['admin'], fresh: true, object: 'approval', logged: true },
  admin_setRole: { who: ['admin'], fresh: true, object: 'user', logged: true },
  admin_suspend: { who: ['admin'], fresh: true, object: 'user', logged: true },
  admin_erase: { who: ['admin'], fresh: true, object: 'user', logged: true },
  admin_sessions: { who: ['admin'], object: 'user', logged: true },
  admin_endSessions: { who: ['admin'], object: 'user', logged: true },
  admin_invite: { who: ['admin'], fresh: true, logged: true },
  admin_invitations: { who: ['admin'] },
  admin_inviteRevoke: { who: ['admin'], object: 'id', logged: true },
  admin_firstAdministrator: operates,
  admin_accessLog: { who: overlook, logged: true },
  admin_accessLogCheck: { who: overlook, logged: true },
  admin_stats: { who: ['admin'], scope: 'node:read', passive: true },
  admin_mail: { who: ['admin'], passive: true },
  admin_mailTest: { who: ['admin'], logged: true },
};

export const STREAM_ACCESS: { readonly [S in StreamName]: AccessRule } = {
  heads: reads,
  events: reads,
  /** By id: whoever holds an id may know what became of it. */
  statements: { who: 'signed-in', scope: 'tx:read' },
  threats: { ...watches, scope: 'threat:read' },
};

/** Streams of bytes that are no methods. */
export const ROUTE_ACCESS = {
  chainExport: reads,
  backup: operates,
  upload: { who: writesRecords, scope: 'record:write', smart: 'c', logged: true },
  /** For `me_recordAdd` alone. */
  ownUpload: decides,
  /** By the id that one was given: what it is of was decided and is decided again. */
  download: { who: 'signed-in', smart: 'r' },
  blobExport: operates,
  /** All of a patient at once, for the patient: by who decides about custody, with a fresh second factor. */
  takeout: { who: decidesCustody, fresh: true, logged: true },
  ownTakeout: decides,
  /** Lists for firewalls and proxies, and what CrowdSec's bouncers ask. */
  feed: { who: ['admin'], scope: 'feed:read' },
  /** STIX and TAXII: addresses leave the network. */
  stix: { who: 'operator', scope: 'feed:stix', operatorKey: true, logged: true },
  /** What fail2ban and the like saw. */
  threatReport: { who: ['admin'], fresh: true, scope: 'threat:report', logged: true },
  /** Unless `metrics.public`. */
  metrics: watches,
} as const satisfies Record<string, AccessRule>;

const ALL_STATEMENTS: AccessRule = { who: ['admin', 'auditor'] };

/** The rule of a subscription. Every statement of the clinic is more than those whose ids one knows. */
export function streamRule(stream: StreamName, filter: StreamFilter<StreamName>): AccessRule | undefined {
  if (stream === 'statements' && !('ids' in filter && filter.ids !== undefined)) return ALL_STATEMENTS;
  return Object.hasOwn(STREAM_ACCESS, stream) ? STREAM_ACCESS[stream] : undefined;
}

/** The rule of a method, whatever was sent as its name. */
export function ruleOf(method: string): AccessRule | undefined {
  return Object.hasOwn(ACCESS, method) ? ACCESS[method as MethodName] : undefined;
}

/** Opens nothing: a bouncer with it is given ranges as they are, whatever its User-Agent says. */
export const RANGES_SCOPE = 'feed:ranges';

/** Every scope that an API key can have, sorted. */
export const SCOPES: readonly string[] = [
  RANGES_SCOPE,
  ...new Set(
    [ACCESS, STREAM_ACCESS, ROUTE_ACCESS]
      .flatMap((rules): AccessRule[] => Object.values(rules))
      .flatMap(({ scope }) => scope ?? []),
  ),
].sort();
