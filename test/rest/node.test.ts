// The REST door of a real clinic: a client made from the document it gives, and every example of the pages.
import { readFileSync } from 'node:fs';
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { EXAMPLE_IDS } from '../../rpc/openapi/examples.ts';
import { exampleAddress, exampleOf } from '../../rpc/openapi/request-example.ts';
import { OPERATIONS } from '../../rpc/rest/operations.ts';
import { METHODS, type MethodName } from '../../rpc/schema/methods.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;
let url: string;
let token: string;
let firstToken: string;
/** Examples name made-up ids; these stand on the node's chain. */
const real = new Map<string, string>();

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  firstToken = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  await net.start(1);
  url = net.clinic(1).url;
  token = readFileSync(net.clinic(1).paths.operatorToken, 'utf8').trim();
}, 2 * MINUTE);

afterAll(() => net.remove(), MINUTE);

const authorization = (): Record<string, string> => ({ authorization: `Bearer ${token}` });
const substituted = (text: string): string =>
  [...real].reduce(
    (now, [example, id]) => now.replaceAll(example, id).replaceAll(example.slice(0, 12), id.slice(0, 12)),
    text,
  );

describe('a client made from the OpenAPI document', { timeout: 2 * MINUTE }, () => {
  it('registers a patient, waits for the block, reads the patient and the block, and blocks an address', async () => {
    const api = new OpenAPIClientAxios({
      definition: `${url}/api/v1/openapi.json`,
      axiosConfigDefaults: { headers: authorization() },
      withServer: { url: `${url}/api/v1` },
    });
    const client = await api.init();
    const registered = await client['patient_register'](undefined, { patients: [{ number: '536-22-8726' }] });
    expect(registered.status).toBe(202);
    const { statement } = registered.data.patients[0];
    const waited = await client['tx_wait'](undefined, { statements: [statement], until: 'applied', timeoutMs: 60_000 });
    expect(waited.data).toMatchObject({
      reached: true,
      statements: [{ status: expect.stringMatching(/applied|final/) }],
    });
    const found = await client['patient_get'](undefined, { patient: '536-22-8726' });
    expect(found.data).toMatchObject({ registered: true, statement, clinics: [1] });
    const { height } = found.data;
    const block = await client['chain_block']({ block: height });
    expect(block.data.height).toBe(height);
    const again = await client['chain_block']({ block: block.data.id });
    expect(again.data.txRoot).toBe(block.data.txRoot);
    const page = await client['chain_blocks']({ limit: 1 });
    expect(page.data.blocks).toHaveLength(1);
    const blocked = await client['threat_block'](undefined, { address: '203.0.113.7', forMs: 3_600_000 });
    expect([blocked.status, blocked.data.address]).toEqual([202, '203.0.113.7']);
    const checked = await client['threat_check']({ address: '203.0.113.7' });
    expect(checked.data).toMatchObject({ verdict: 'block', reports: [{ clinic: 1, mode: 'manual' }] });
    await expect(client['chain_block']({ block: 999_999_999 })).rejects.toMatchObject({
      response: { status: 404, data: { code: 'chain.unknown-block' } },
    });
  });
});

describe('examples', { timeout: 2 * MINUTE }, () => {
  /** What cannot be done by an example that stands alone, with the answer that it gets. */
  const REFUSED: Readonly<Partial<Record<MethodName | (string & {}), RegExp>>> = {
    subscribe: /^rpc\.websocket-only$/,
    unsubscribe: /^rpc\.websocket-only$/,
    chain_installCheckpoint: /^checkpoint\./,
    chain_signCheckpoint: /^checkpoint\.height$/,
    member_approve: /^member\.unknown-proposal$/,
    member_prepare: /^member\.unknown-proposal$/,
    member_submit: /^member\.other-network$/,
    member_invite: /^genesis\./,
    wallet_transfer: /^wallet\./,
    threat_dispute: /^threat\.nothing$/,
    threat_release: /^threat\.breaker-closed$/,
    identifier_grant: /^member\.unknown$/,
    // About what a journey must have made before (test/clinics/), or by a person: the operator treats nobody.
    audit_proof: /^audit\.unknown-event$/,
    consent_colleague: /^rpc\.forbidden$/,
    consent_delegate: /^rpc\.forbidden$/,
    consent_deny: /^consent\.actor$/,
    consent_grant: /^consent\.actor$/,
    consent_request: /^consent\.actor$/,
    consent_revoke: /^consent\.unknown$/,
    emergency_close: /^emergency\.unknown$/,
    emergency_open: /^rpc\.forbidden$/,
    emergency_review: /^rpc\.forbidden$/,
    erasure_answer: /^rpc\.forbidden$/,
    erasure_certificate: /^erasure\.unknown$/,
    erasure_challenge: /^erasure\.unanswered$/,
    erasure_prepare: /^rpc\.forbidden$/,
    erasure_release: /^erasure\.unknown$/,
    erasure_request: /^erasure\.exists$/,
    patient_attach: /^me\.unknown-user$/,
    patient_detachAccount: /^me\.not-attached$/,
    patient_representativeAdd: /^me\.unknown-user$/,
    patient_representativeEnd: /^representative\.unknown$/,
    patient_dismiss: /^patient\.unknown-suggestion$/,
    record_amend: /^record\.unknown$/,
    record_attach: /^upload\.unknown$/,
    // Not with the operator token, which reads no record.
    ...Object.fromEntries(
      ['record_list', 'record_read', 'record_readMany', 'record_download'].map((one) => [one, /^rpc\.forbidden$/]),
    ),
    takeover_acknowledge: /^takeover\.unknown$/,
    takeover_get: /^takeover\.unknown$/,
    takeover_object: /^takeover\.unknown$/,
    takeover_prepare: /^takeover\.unknown$/,
    takeover_withdraw: /^takeover\.unknown$/,
    takeover_witness: /^takeover\.unknown$/,
    threat_signatureConfirm: /^signature\.unknown$/,
    threat_signatureRetire: /^signature\.unknown$/,
    peer_ban: /^peer\.unknown$/,
    peer_unban: /^peer\.unknown$/,
  };
  /** Of people: the operator is none. */
  const OF_PEOPLE = /^(?:session|account|admin|apikey|recovery)_/;
  /** What a patient asks about herself: the operator has no records. */
  const OF_PATIENTS = /^me_/;
  const PEOPLES = /^(?:rpc\.(?:forbidden|scope)|(?:session|account|admin|apikey|people|mail|recovery)\.[a-z-]+)$/;
  /** Left for the end: nothing works as before after it. */
  const LAST = /^(?:member_leave|key_rotate)$/;
  /** Not by a person, or not with the words of an example alone: what each is told. */
  const BEGUN_ELSEWHERE: readonly string[] = [
    ...['account_prepare account.not-now', 'account_setRole rpc.forbidden', 'account_suspend rpc.forbidden'],
    ...['session_factor session.ticket', 'session_passkeyFinish session.ticket', 'session_walletFinish session.ticket'],
    ...['session_confirm session.refused', 'account_invitation account.bad-link'],
    ...['account_register account.bad-statement', 'account_vaultPut account.vault-version'],
    ...['account_totpFinish session.refused', 'account_recoveryCodesNew account.no-factor'],
    ...['account_passkeyFinish session.ticket', 'account_walletLink session.ticket'],
    ...['account_resetFinish account.bad-link', 'recovery_find people.unknown', 'recovery_set recovery.guardians'],
    ...['recovery_finish recovery.not-ready', 'recovery_release recovery.unknown', 'recovery_refuse recovery.unknown'],
    ...['recovery_stop recovery.unknown', 'admin_decide people.unknown', 'admin_inviteRevoke people.unknown'],
    ...['admin_firstAdministrator rpc.forbidden', 'admin_mailTest mail.off'],
  ];

  beforeAll(async () => {
    const client = net.client(1);
    const { patients } = await client.call('patient_register', { patients: [{ number: '536-22-8726' }] });
    const statement = String(
      patients[0].statement ?? (await client.call('patient_get', { patient: '536-22-8726' })).statement,
    );
    const view = await waitFor(
      async () => {
        const proven = await client.call('chain_getProof', { statement }).catch(() => undefined);
        return proven !== undefined && client.call('chain_statement', { id: statement });
      },
      { timeoutMs: MINUTE, intervalMs: 100, what: 'a statement that can be proven' },
    );
    real.set(EXAMPLE_IDS.statement, statement);
    real.set(EXAMPLE_IDS.transaction, String(view.transaction));
    real.set(EXAMPLE_IDS.block, String(view.block?.id));
  }, 2 * MINUTE);

  const judge = (method: string, code: string | undefined): void => {
    if (OF_PATIENTS.test(method)) expect(code, method).toBe('rpc.forbidden');
    else if (OF_PEOPLE.test(method)) {
      if (code !== undefined) expect(code, method).toMatch(PEOPLES);
    } else if (REFUSED[method] === undefined) expect(code, method).toBeUndefined();
    else if (code !== undefined) expect(code, method).toMatch(REFUSED[method]);
  };

  const inOrder = <T>(all: readonly T[], name: (each: T) => string): T[] => [
    ...all.filter((each) => !LAST.test(name(each))),
    ...all.filter((each) => LAST.test(name(each))),
  ];

  // First: an example of the operator's makes another link for the first administrator.
  it('of API.md that take a person work for an administrator, but for what others must begin', async () => {
    const { user, session } = EXAMPLE_IDS;
    const shown = Object.fromEntries(documentedMessages().map(({ method, params }) => [method, params]));
    const genesis = net.founded.bundle.genesis;
    const given = { ...madeUp(genesis, shown.session_signIn.name), auth: shown.session_signIn.auth };
    const person = { ...given, salt: shown.account_register.salt, vault: shown.account_vaultPut.vault };
    // By its name: passkeys know no numbers.
    const at = new Portal(url.replace('127.0.0.1', 'localhost'));
    await at.call('account_register', registration(person, { token: firstToken }));
    await signIn(at, person);
    await waitFor(async () => (await at.call('session_current')).session?.roles.includes('admin'), {
      timeoutMs: MINUTE,
      what: 'the role on the chain',
    });
    const { secret } = await at.call('account_totpStart');
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const { recoveryCodes } = await at.call('account_totpFinish', { code });
    await at.call('session_confirm', { method: 'recovery-code', code: recoveryCodes[0] });
    const ben = madeUp(genesis, 'ben');
    const invited = await at.call('admin_invite', { kind: 'staff', roles: [], until: Date.now() + 86_400_000 });
    await at.call('account_register', registration(ben, { token: invited.token }));
    const bens = new Portal(url);
    real.set(session, (await signIn(bens, ben)).session.id);
    real.set(user, String((await at.call('admin_users', { search: 'ben', limit: 1 })).users[0]?.user));
    for (const [id, value] of [
      [EXAMPLE_IDS.account, ben.account],
      [EXAMPLE_IDS.key, ben.key],
    ]) {
      real.set(id, value);
    }
    await waitFor(() => at.call('account_get', { account: ben.account }).catch(() => undefined), {
      timeoutMs: MINUTE,
      what: 'the account on the chain',
    });
    const { key } = await at.call('apikey_create', shown.apikey_create);
    real.set(shown.apikey_rotate.id, key.id);

    const told: string[] = [];
    const messages = documentedMessages().filter(({ method }) => OF_PEOPLE.test(method));
    const end = ['admin_erase', 'session_signOut'];
    messages.sort((a, b) => end.indexOf(a.method) - end.indexOf(b.method));
    for (const { method, params } of messages) {
      const asked = JSON.parse(substituted(JSON.stringify(params ?? {})));
      const refusal = await at.refusal(method as 'session_list', asked);
      if (refusal !== undefined) told.push(`${method} ${refusal}`);
    }
    expect(told).toEqual(BEGUN_ELSEWHERE);
  });

  it('of REST.md answer as the page says', async () => {
    const page = readFileSync(new URL('../../docs/REST.md', import.meta.url), 'utf8');
    const lines = page.split('\n').filter((line) => line.startsWith('curl '));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      const { address, status, ...init } = readCurl(line, { NODE: url, TOKEN: token });
      expect((await fetch(address, init)).status, line).toBe(status);
    }
  });

  it('of every REST operation are answered by its handler', async () => {
    for (const operation of inOrder(OPERATIONS, ({ method }) => method).filter(({ method }) => !LAST.test(method))) {
      const example = exampleOf(operation);
      const response = await fetch(`${url}/api/v1${substituted(exampleAddress(operation, example))}`, {
        method: operation.verb,
        headers: { ...authorization(), ...(example.body && { 'content-type': 'application/json' }) },
        ...(example.body && { body: substituted(JSON.stringify(example.body)) }),
      });
      const answer = (await response.json()) as { code?: string };
      judge(operation.method, response.ok ? undefined : answer.code);
      if (!response.ok) continue;
      expect(response.status, operation.id).toBe(operation.status ?? 200);
      const shape = METHODS[operation.method].result.safeParse(answer);
      expect(shape.error?.issues ?? [], operation.id).toEqual([]);
    }
  });

  it('of API.md are answered by the method that they call', async () => {
    const page = readFileSync(new URL('../../docs/API.md', import.meta.url), 'utf8');
    const messages = page.split('\n').filter((line) => line.startsWith('{"jsonrpc"'));
    const documented = messages.map((text) => String(JSON.parse(text).method));
    expect(documented).toEqual(Object.keys(METHODS).filter((name) => documented.includes(name)));
    expect(Object.keys(METHODS).filter((name) => !documented.includes(name))).toEqual([]);
    for (const text of inOrder(messages, (each) => JSON.parse(each).method)) {
      const response = await fetch(`${url}/rpc`, {
        method: 'POST',
        headers: { ...authorization(), 'content-type': 'application/json' },
        body: substituted(text),
      });
      const answer = (await response.json()) as { error?: { data?: { code?: string } } };
      judge(JSON.parse(text).method, answer.error === undefined ? undefined : String(answer.error.data?.code));
    }
  });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever parameters a method has
function documentedMessages(): { readonly method: string; readonly params: any }[] {
  const page = readFileSync(new URL('../../docs/API.md', import.meta.url), 'utf8');
  return page.split('\n').flatMap((line) => (line.startsWith('{"jsonrpc"') ? [JSON.parse(line)] : []));
}

interface Curl extends RequestInit {
  readonly address: string;
  readonly status: number;
}

/** The few options that the page uses; anything else throws. */
function readCurl(line: string, variables: Readonly<Record<string, string>>): Curl {
  const [, command, status] = /^curl (.*) # (\d{3})$/.exec(line) as RegExpExecArray;
  const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => {
    if (single !== undefined) return single;
    return (double?.replaceAll(/\\(.)/g, '$1') ?? bare).replaceAll(
      /\$([A-Z]+)/g,
      (_all, name: string) => variables[name],
    );
  });
  const headers: Record<string, string> = {};
  let method = 'GET';
  let body: string | undefined;
  let address = '';
  for (let at = 0; at < words.length; at++) {
    if (words[at] === '-X') method = words[++at];
    else if (words[at] === '-d') body = words[++at];
    else if (words[at] === '-H') {
      const [name, ...value] = words[++at].split(': ');
      headers[name] = value.join(': ');
    } else if (words[at].startsWith('http')) address = words[at];
    else if (words[at] !== '-i') throw new Error(`not understood: ${words[at]}`);
  }
  return { address, status: Number(status), method, headers, ...(body !== undefined && { body }) };
}
