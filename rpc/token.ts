// The operator token: 32 random bytes as base64url in a file that only its owner reads. Owns the file, not who is asked for it.
import { open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { equalSecret, randomBytes } from '#crypto';
import { CodedError } from '../common/errors.ts';

export type TokenErrorType =
  | { code: 'token.unsafe-mode'; file: string; mode: string }
  | { code: 'token.malformed'; file: string }
  | { code: 'token.missing'; file: string };

export class TokenError extends CodedError<TokenErrorType> {}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Reads the token, or makes one when there is no file. Throws TokenError. */
export async function ensureToken(file: string): Promise<string> {
  try {
    return await readToken(file);
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== 'token.missing') throw error;
  }
  const token = base64url(randomBytes(32));
  const temporary = `${file}.new`;
  await unlink(temporary).catch(() => undefined);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${token}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  return token;
}

/** Throws TokenError: missing, readable by others, or no token. */
export async function readToken(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new TokenError({ code: 'token.missing', file });
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new TokenError({ code: 'token.unsafe-mode', file, mode: mode.toString(8) });
  }
  const text = (await readFile(file, 'utf8')).trim();
  if (!TOKEN.test(text)) throw new TokenError({ code: 'token.malformed', file });
  return text;
}

const encoder = new TextEncoder();

/** Constant-time. */
export function sameToken(given: string, expected: string): boolean {
  return equalSecret(encoder.encode(given), encoder.encode(expected));
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
