// Where each method is found over HTTP, below /api/v1: one table. Nouns, ids in the path; a GET for what may stand in an
// address. Identity numbers, PIDs, tickets and names of people being searched for may not: addresses end up in logs.
import type { MethodName } from '../schema/methods.ts';
import { del, get, lookup, patch, post, put, type RestPath } from './operation.ts';

/** Served on a WebSocket only, or by a document of its own. */
export const NOT_OVER_REST = ['subscribe', 'unsubscribe', 'rpc.discover'] as const;

/** A call that sends statements: the answer names them, and they are not in a block yet. */
const queued = { status: 202 } as const;
const made = { status: 201 } as const;
const notReplayed = { notReplayed: true } as const;

export type OverRest = Exclude<MethodName, (typeof NOT_OVER_REST)[number]>;

export const PATHS: { readonly [M in OverRest]: readonly RestPath[] } = {
  node_health: [get('/node/health')],
  node_status: [get('/node/status')],
  node_config: [get('/node/config')],
  key_list: [get('/node/keys')],
  key_rotate: [post('/node/keys/{role}/rotation', queued)],

  chain_head: [get('/chain/head')],
  chain_blocks: [get('/chain/blocks', { page: 'before' })],
  chain_block: [get('/chain/blocks/{block}', { either: { block: ['height', 'id'] } })],
  chain_transaction: [get('/chain/transactions/{id}')],
  chain_statement: [get('/chain/statements/{id}')],
  chain_search: [get('/chain/search')],
  chain_getProof: [
    get('/chain/blocks/{block}/proof'),
    get('/chain/statements/{statement}/proof'),
    get('/chain/state/{key}/proof'),
  ],
  chain_getHeaders: [get('/chain/headers')],
  chain_getLightChain: [get('/chain/light-chain')],
  chain_getGenesis: [get('/chain/genesis')],
  chain_signCheckpoint: [post('/chain/checkpoints/signatures')],
  chain_installCheckpoint: [post('/chain/checkpoints')],

  tx_submit: [post('/tx/statements', queued)],
  tx_wait: [lookup('/tx/statements/wait')],
  mempool_status: [get('/mempool')],
  outbox_list: [get('/outbox', { page: 'after' })],

  mining_status: [get('/mining/status')],
  mining_stats: [get('/mining/stats')],
  mining_leaderboard: [get('/mining/leaderboard')],
  wallet_list: [get('/wallets', { page: 'after' })],
  wallet_transfer: [post('/wallets/transfers', queued)],

  member_list: [get('/members')],
  member_proposals: [get('/members/proposals')],
  member_propose: [post('/members/proposals', queued)],
  member_approve: [put('/members/proposals/{proposal}/approval', queued)],
  member_leave: [post('/members/departure', queued)],
  member_prepare: [lookup('/members/decisions/preparation')],
  member_submit: [post('/members/decisions', queued)],
  member_invite: [post('/members/invitations', { ...made, ...notReplayed })],
  member_observers: [get('/members/observers')],
  member_uninvite: [del('/members/observers/{nodeKey}')],

  peer_list: [get('/peers')],
  peer_ban: [put('/peers/{peer}/ban')],
  peer_unban: [del('/peers/{peer}/ban')],

  patient_register: [post('/patients', queued)],
  patient_import: [post('/patients/import', queued)],
  patient_get: [lookup('/patients/lookup')],
  patient_history: [lookup('/patients/history')],

  audit_events: [lookup('/audit/events')],
  audit_proof: [get('/audit/events/{event}/proof')],
  audit_disclosures: [lookup('/audit/disclosures')],
  audit_status: [get('/audit/status')],
  threat_list: [get('/threats', { page: 'after' })],
  threat_block: [post('/threats', queued)],
  threat_check: [get('/threats/{address}')],
  threat_unblock: [del('/threats/{address}', queued)],

  session_start: [lookup('/session/start')],
  session_signIn: [lookup('/session/sign-in')],
  session_factor: [lookup('/session/factor')],
  session_passkeyStart: [lookup('/session/passkey/options')],
  session_passkeyFinish: [lookup('/session/passkey')],
  session_walletStart: [lookup('/session/wallet/message')],
  session_walletFinish: [lookup('/session/wallet')],
  session_current: [get('/session')],
  session_signOut: [del('/session', notReplayed)],
  session_confirmStart: [lookup('/session/confirmation/options')],
  session_confirm: [lookup('/session/confirmation')],
  session_list: [get('/sessions')],
  session_end: [del('/sessions/{session}')],
  session_endOthers: [del('/sessions')],

  account_invitation: [lookup('/account/invitation')],
  account_register: [post('/account/registrations', { ...queued, ...notReplayed })],
  account_me: [get('/account')],
  account_changePassword: [put('/account/password', notReplayed)],
  account_vaultGet: [get('/account/vault')],
  account_vaultPut: [put('/account/vault')],
  account_totpStart: [post('/account/totp', notReplayed)],
  account_totpFinish: [put('/account/totp', notReplayed)],
  account_totpRemove: [del('/account/totp')],
  account_recoveryCodesNew: [post('/account/recovery-codes', notReplayed)],
  account_passkeyStart: [lookup('/account/passkeys/options')],
  account_passkeyFinish: [post('/account/passkeys', { ...made, ...notReplayed })],
  account_passkeyRemove: [del('/account/passkeys/{id}')],
  account_walletLink: [post('/account/wallets', { ...made, ...notReplayed })],
  account_walletUnlink: [del('/account/wallets/{address}')],
  account_profileChange: [patch('/account/profile')],
  account_photoGet: [get('/account/photo')],
  account_photoPut: [put('/account/photo')],
  account_resetStart: [lookup('/account/resets')],
  account_resetFinish: [lookup('/account/resets/finish')],
  account_prepare: [lookup('/account/statements')],
  account_get: [get('/accounts/{account}')],
  account_setRole: [put('/accounts/{account}/roles/{role}', queued)],
  account_suspend: [post('/accounts/{account}/suspension', queued)],

  admin_users: [lookup('/admin/users/search')],
  admin_user: [get('/admin/users/{user}')],
  admin_setRole: [put('/admin/users/{user}/roles/{role}')],
  admin_suspend: [post('/admin/users/{user}/suspension')],
  admin_erase: [post('/admin/users/{user}/erasure')],
  admin_sessions: [get('/admin/sessions')],
  admin_endSessions: [del('/admin/users/{user}/sessions'), del('/admin/users/{user}/sessions/{session}')],
  admin_approvals: [get('/admin/approvals')],
  admin_approvalPhoto: [get('/admin/approvals/{approval}/photo')],
  admin_decide: [post('/admin/approvals/{approval}/decision')],
  admin_invite: [post('/admin/invitations', { ...made, ...notReplayed })],
  admin_invitations: [get('/admin/invitations')],
  admin_inviteRevoke: [del('/admin/invitations/{id}')],
  admin_firstAdministrator: [post('/admin/first-administrator', notReplayed)],
  admin_accessLog: [lookup('/admin/access-log/search')],
  admin_accessLogCheck: [get('/admin/access-log/check')],
  admin_stats: [get('/admin/stats')],
  admin_mail: [get('/admin/mail')],
  admin_mailTest: [post('/admin/mail/test')],

  apikey_list: [get('/api-keys')],
  apikey_create: [post('/api-keys', { ...made, ...notReplayed })],
  apikey_rotate: [post('/api-keys/{id}/rotation', notReplayed)],
  apikey_revoke: [del('/api-keys/{id}')],
};
