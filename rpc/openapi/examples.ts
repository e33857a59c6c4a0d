// An example of the parameters of every method that has some, or of one of its REST operations: what the documents show,
// what the request collections send and what a test runs against a node. Ids are made up; the test puts its own in their
// places.
import type { MethodName } from '../schema/methods.ts';

/** Ids that examples name, by what they are of. */
export const EXAMPLE_IDS = {
  block: '51a6c9c5b6d6f7c1a0d2f4e3b8971c6d5e4f30213243546576879a8b9cadbecf',
  transaction: '6f1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff0',
  statement: '0b5e7a1c9d3f2846b1a0c3e5d7f9081a2b3c4d5e6f708192a3b4c5d6e7f80910',
  proposal: '7c6b5a49382716051423324150607f8e9dacbbcadbecfd0e1f20314253647586',
  key: '2b4c6d8eaf0112233445566778899aabbccddeeff00112233445566778899aab',
  user: '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
  account: '3a5c7e90b2d4f6081a2c3e405264768898aabbccddeeff000112233445566778',
  session: '1029384756afbecd1029384756afbecd',
} as const;

const { block, statement, transaction, proposal, key, user, account, session } = EXAMPLE_IDS;
const TICKET = 'mZ3Xq0fYw1n8cT6bLr2kVg';
const AUTH = 'c1'.repeat(32);
const SALT = '5a'.repeat(16);
const VAULT = '{"version":1}';

export const EXAMPLES: Readonly<Partial<Record<MethodName | (string & {}), Readonly<Record<string, unknown>>>>> = {
  chain_blocks: { limit: 10 },
  chain_block: { height: 1 },
  chain_transaction: { id: transaction },
  chain_statement: { id: statement },
  chain_search: { query: block.slice(0, 12), limit: 5 },
  chain_getProof: { statement },
  chain_getProof_block: { block },
  chain_getProof_key: { key: '01' },
  chain_getHeaders: { from: 1, limit: 8 },
  chain_signCheckpoint: { height: 4 },
  chain_installCheckpoint: {
    set: 0,
    height: 4,
    id: block,
    signatures: [{ clinic: 1, signature: 'ab'.repeat(64) }],
  },

  tx_submit: { statements: [{ statement: '01' }] },
  tx_wait: { statements: [statement], until: 'applied', timeoutMs: 10_000 },
  outbox_list: { status: 'final', limit: 20 },

  mining_stats: { blocks: 50 },
  mining_leaderboard: { limit: 10 },
  wallet_list: { limit: 10 },
  wallet_transfer: { to: 2, amount: '5' },

  ceremony_begin: { purpose: 'emergency' },
  member_list: { former: false },
  member_invite: { clinic: '{"name":"Southside Clinic"}' },
  member_uninvite: { nodeKey: key },
  member_propose: { change: { type: 'update', clinic: 1, name: 'Northside Clinic' } },
  member_approve: { proposal },
  member_prepare: { decision: { action: 'approve', proposal } },
  member_submit: {
    file: {
      version: 1,
      genesis: key,
      clinic: 1,
      action: 'approve',
      subject: 'members',
      proposal,
      salt: null,
      expiry: null,
      content: '01',
      summary: 'Approves a proposal',
      signature: 'ab'.repeat(64),
    },
  },
  key_rotate: { role: 'gateway' },

  peer_ban: { peer: '2', reason: 'sends what nobody asked for' },
  peer_unban: { peer: '2' },

  patient_register: { patients: [{ number: '536-22-8726', country: 'US', type: 'ssn' }] },
  patient_import: {
    resources: [{ line: 1, text: '{"resourceType":"Organization","id":"northside"}' }],
  },
  patient_get: { patient: '536-22-8726' },
  patient_history: { patient: '536-22-8726' },
  patient_suggestions: { limit: 50 },
  patient_link: { patient: '536-22-8726', other: 'ab'.repeat(32) },
  patient_unlink: { patient: '536-22-8726', other: 'ab'.repeat(32) },
  patient_dismiss: { suggestion: 'ab'.repeat(32) },
  identifier_grant: { clinic: 2, use: 'identifier', count: 100_000 },

  threat_list: { limit: 20 },
  audit_events: { patient: '536-22-8726', limit: 50 },
  audit_proof: { event: 17 },
  audit_disclosures: { patient: '536-22-8726', limit: 100 },
  threat_block: { address: '203.0.113.7', reason: 'bruteforce', forMs: 3_600_000 },
  threat_check: { address: '203.0.113.7' },
  takeover_list: { patient: '536-22-8726' },
  takeover_prepare: { action: 'finish', takeOver: proposal },
  takeover_witness: { takeOver: proposal },
  takeover_acknowledge: { takeOver: proposal },
  takeover_object: { takeOver: proposal },
  takeover_withdraw: { takeOver: proposal },
  threat_unblock: { address: '203.0.113.7' },

  subscribe: { stream: 'heads' },
  unsubscribe: { subscription: '1029384756afbecd' },

  session_start: { name: 'maria.lopez' },
  session_signIn: { name: 'maria.lopez', auth: AUTH },
  session_factor: { ticket: TICKET, method: 'totp', code: '123456' },
  session_passkeyStart: {},
  session_passkeyFinish: { ticket: TICKET, response: { id: 'AQID', type: 'public-key' } },
  session_walletStart: { address: `0x${'52908400098527886E0F7030069857D2E4169EE7'}`, chainId: 1 },
  session_walletFinish: { ticket: TICKET, signature: `0x${'1b'.repeat(65)}` },
  session_confirm: { method: 'totp', code: '123456' },
  session_end: { session },

  account_invitation: { token: TICKET },
  account_register: {
    name: 'maria.lopez',
    salt: SALT,
    auth: AUTH,
    vault: VAULT,
    recovery: null,
    statement: '01',
    asked: { kind: 'staff', roles: ['doctor'] },
    profile: { displayName: 'Dr Maria Lopez', familyName: 'Lopez', givenName: 'Maria', language: 'en' },
  },
  account_changePassword: { auth: AUTH, newSalt: SALT, newAuth: AUTH, vault: VAULT },
  account_vaultPut: { vault: VAULT, version: 1 },
  account_totpFinish: { code: '123456' },
  account_passkeyFinish: { ticket: TICKET, response: { id: 'AQID', type: 'public-key' }, name: 'Phone' },
  account_passkeyRemove: { id: 'AQID' },
  account_walletLink: { ticket: TICKET, signature: `0x${'1b'.repeat(65)}` },
  account_walletUnlink: { address: `0x${'52908400098527886E0F7030069857D2E4169EE7'}` },
  account_profileChange: { profile: { language: 'en' } },
  account_photoPut: { type: 'image/png', bytes: 'iVBORw0KGgo=' },
  account_photoGet: {},
  account_resetStart: { nameOrMail: 'maria.lopez' },
  account_resetFinish: { token: TICKET, salt: SALT, auth: AUTH },
  account_get: { account },
  account_prepare: { action: 'recover-veto', account, author: key },
  account_setRole: { account, role: 'doctor', until: null },
  account_suspend: { account },

  admin_users: { search: 'lopez', limit: 20 },
  admin_user: { user },
  admin_approvalPhoto: { approval: user },
  admin_decide: { approval: user, decision: 'approve', reason: 'Seen at the desk' },
  admin_setRole: { user, role: 'doctor', until: 1_821_000_000_000, reason: 'Began today' },
  admin_suspend: { user, reason: 'Left the clinic' },
  admin_erase: { user, reason: 'Asked to be forgotten' },
  admin_sessions: { limit: 20 },
  admin_endSessions: { user },
  admin_invite: { kind: 'staff', roles: ['nurse'], until: 1_821_000_000_000, name: 'Noor Haddad' },
  admin_inviteRevoke: { id: user },
  admin_accessLog: { outcome: 'refused', limit: 20 },
  admin_mailTest: { to: 'admin@northside.example' },

  apikey_create: { name: 'Ward board', scopes: ['chain:read'], until: 1_821_000_000_000 },
  apikey_rotate: { id: '0f1e2d3c4b5a6978' },
  apikey_revoke: { id: '0f1e2d3c4b5a6978' },
};
