// Signing in with an Ethereum account (EIP-4361): the clinic writes the message, the wallet signs it, the clinic checks the
// signature over the message that it wrote. Externally owned accounts only: nothing here asks a chain.
import type { Hex } from 'viem';
import { toHex } from '../../common/bytes.ts';
import { SignInError } from './errors.ts';

/** How long a signature is taken for; wallets ask the person first. */
export const WALLET_MESSAGE_TTL_MS = 300_000;
/** A message from a time to come: clocks of one clinic step by less. */
const AHEAD_MS = 60_000;
const NONCE_BYTES = 16;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const SIGNATURE = /^0x[0-9a-fA-F]{130}$/;

/** Loaded with the first wallet: it is 10 MiB and a fifth of a second of every start, and most clinics see none. */
const viem = async () => ({ ...(await import('viem/siwe')), ...(await import('viem/utils')) });

export interface WalletRequest {
  /** 20 bytes in hex after 0x, in any case. */
  readonly address: string;
  /** EIP-155. */
  readonly chainId: number;
  /** Of the page, such as https://clinic.example. */
  readonly origin: string;
  /** What the person agrees to, one line of ASCII. */
  readonly statement: string;
  readonly now: number;
}

export interface IssuedWalletMessage {
  readonly message: string;
  readonly nonce: string;
  readonly chainId: number;
}

/** Throws SignInError: `wallet.account`, `wallet.address` for an origin that EIP-4361 cannot name. */
export async function walletMessage(
  request: WalletRequest,
  random: (length: number) => Uint8Array,
): Promise<IssuedWalletMessage> {
  const { address, chainId, origin, statement, now } = request;
  if (!ADDRESS.test(address) || !Number.isSafeInteger(chainId) || chainId < 1) {
    throw new SignInError({ code: 'wallet.account' });
  }
  const nonce = toHex(random(NONCE_BYTES));
  const { createSiweMessage, getAddress } = await viem();
  try {
    const message = createSiweMessage({
      address: getAddress(address.toLowerCase() as Hex),
      chainId,
      domain: new URL(origin).host,
      uri: origin,
      version: '1',
      nonce,
      statement,
      issuedAt: new Date(now),
      expirationTime: new Date(now + WALLET_MESSAGE_TTL_MS),
    });
    return { message, nonce, chainId };
  } catch (cause) {
    const reason = 'Wallets cannot sign in at this address: use the host name of the clinic';
    throw new SignInError({ code: 'wallet.address', reason }, { cause });
  }
}

/**
 * The account that signed, as 0x and lower-case hex. `origin`: of the page that brings the signature; `nonce`, `chainId`: as
 * they were issued. Whoever calls spends the ticket, so that a signature counts once. Throws SignInError `session.refused`.
 */
export async function walletOf(
  issued: IssuedWalletMessage,
  signature: string,
  { origin, now }: { readonly origin: string; readonly now: number },
): Promise<string> {
  const { parseSiweMessage, recoverMessageAddress, validateSiweMessage } = await viem();
  const fields = parseSiweMessage(issued.message);
  const { address, issuedAt, chainId, uri, version } = fields;
  const fits =
    validateSiweMessage({ message: fields, domain: hostOf(origin), nonce: issued.nonce, time: new Date(now) }) &&
    address !== undefined &&
    uri === origin &&
    version === '1' &&
    chainId === issued.chainId &&
    issuedAt !== undefined &&
    issuedAt.getTime() <= now + AHEAD_MS &&
    issuedAt.getTime() > now - WALLET_MESSAGE_TTL_MS;
  if (!fits) throw refused('message');
  if (!SIGNATURE.test(signature)) throw refused('signature');
  let signer: string;
  try {
    signer = await recoverMessageAddress({ message: issued.message, signature: signature as Hex });
  } catch (cause) {
    throw refused('signature', cause);
  }
  if (signer.toLowerCase() !== address.toLowerCase()) throw refused('signer');
  return signer.toLowerCase();
}

function hostOf(origin: string): string {
  return URL.parse(origin)?.host || '-';
}

function refused(what: string, cause?: unknown): SignInError {
  return new SignInError({ code: 'session.refused' }, { cause: new TypeError(`wallet: ${what}`, { cause }) });
}
