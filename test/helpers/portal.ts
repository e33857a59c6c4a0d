// A browser at a clinic's doors, as far as accounts see one: cookies, an origin, JSON-RPC over HTTP, and a device key that
// signs. What a page would encrypt is opaque text here.
import { encryptionKeyPair, randomBytes, signEd25519, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { encodeCreate, type Role } from '../../consensus/ledger/accounts/types.ts';
import { ACCOUNTS_CREATE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import type { MethodName, ParamsIn, Result } from '../../rpc/schema/methods.ts';

/** A longer one is an answer that a test asked for. */
const LONGEST_WAIT_MS = 2_000;

export class PortalError extends Error {
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
  constructor(message: string, data: Readonly<Record<string, unknown>>) {
    super(`${String(data.code)}: ${message}`);
    this.code = String(data.code);
    this.data = data;
  }
}

export class Portal {
  readonly url: string;
  readonly cookies = new Map<string, string>();
  /** Every answer's text, for searches. */
  readonly answers: string[] = [];
  private readonly headers: Readonly<Record<string, string>>;

  /** `headers`: sent with every call. */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = url;
    this.headers = headers;
  }

  /** Throws PortalError with the code. All browsers of a test share an address and its limit: waits where that says when. */
  async call<M extends MethodName>(method: M, ...params: Params<M>): Promise<Result<M>> {
    for (;;) {
      try {
        return await this.once(method, ...params);
      } catch (error) {
        const wait = error instanceof PortalError && error.code === 'rpc.rate-limited' ? error.data.retryAfterMs : null;
        if (typeof wait !== 'number' || wait > LONGEST_WAIT_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  private async once<M extends MethodName>(method: M, ...[params]: Params<M>): Promise<Result<M>> {
    const response = await fetch(`${this.url}/rpc`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: this.url,
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...this.headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? {} }),
    });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    const text = await response.text();
    this.answers.push(text);
    const { result, error } = JSON.parse(text);
    if (error !== undefined) throw new PortalError(error.message, error.data ?? {});
    return result;
  }

  /** The code that a call is refused with; undefined when it is not. */
  async refusal<M extends MethodName>(method: M, ...params: Params<M>): Promise<string | undefined> {
    try {
      await this.call(method, ...params);
      return undefined;
    } catch (error) {
      if (error instanceof PortalError) return error.code;
      throw error;
    }
  }

  get session(): string | undefined {
    for (const [name, value] of this.cookies) if (!name.includes('device') && value !== '') return value;
    return undefined;
  }

  private keep(line: string): void {
    const [pair, ...attributes] = line.split(/;\s*/);
    const at = pair.indexOf('=');
    const gone = attributes.some((one) => /^max-age=0$/i.test(one) || /^expires=thu, 01 jan 1970/i.test(one));
    if (gone) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

type Params<M extends MethodName> =
  Record<string, never> extends ParamsIn<M> ? [params?: ParamsIn<M>] : [params: ParamsIn<M>];

export interface MadeUp {
  readonly name: string;
  readonly salt: string;
  readonly auth: string;
  readonly vault: string;
  readonly seed: Uint8Array;
  /** Public device key, hex. */
  readonly key: string;
  readonly account: string;
  readonly statement: string;
  readonly profile: ParamsIn<'account_register'>['profile'];
}

/** A person who is about to register; `auth` is what the browser would derive. */
export function madeUp(genesis: Genesis, name: string, email?: string): MadeUp {
  const seed = randomBytes(32);
  const author = { type: 'person', key: signingKeyPair(seed).publicKey } as const;
  const salt = randomBytes(SALT_BYTES);
  const object = objectId(ACCOUNTS_CREATE, author, salt);
  const payload = encodeCreate({
    salt,
    encryptionKey: encryptionKeyPair().publicKey,
    profile: randomBytes(32),
    recoveryKey: undefined,
  });
  const unsigned = {
    ...{ kind: ACCOUNTS_CREATE, author, object, version: 1, issued: Date.now(), payload },
    ...{ attachment: undefined, signature: new Uint8Array(64) },
  };
  const id = statementId(genesisId(genesis), unsigned);
  const given = name.replace(/^./, (letter) => letter.toUpperCase());
  return {
    ...{
      name,
      seed,
      key: toHex(author.key),
      account: toHex(object),
      salt: toHex(randomBytes(16)),
      auth: toHex(randomBytes(32)),
    },
    vault: JSON.stringify({ format: 'wardmesh/vault/1', sealed: toHex(randomBytes(96)) }),
    statement: toHex(encodeStatement({ ...unsigned, signature: signEd25519(seed, id) })),
    profile: {
      ...{ displayName: `${given} Example`, familyName: 'Example', givenName: given, language: 'en' },
      ...(email === undefined ? {} : { email }),
    },
  };
}

export function registration(
  person: MadeUp,
  asked: { readonly token?: string; readonly kind?: 'staff' | 'patient'; readonly roles?: readonly Role[] } = {},
): ParamsIn<'account_register'> {
  const { name, salt, auth, vault, statement, profile } = person;
  const { token, kind = 'staff', roles = [] } = asked;
  const link = token === undefined ? {} : { token };
  return { ...link, name, salt, auth, vault, recovery: null, statement, asked: { kind, roles: [...roles] }, profile };
}

/** Throws when there is more to it than a password. */
export async function signIn(portal: Portal, { name, auth }: Pick<MadeUp, 'name' | 'auth'>) {
  const answer = await portal.call('session_signIn', { name, auth });
  if (answer.step !== 'signed-in') throw new Error('a second factor is asked for');
  return answer;
}
