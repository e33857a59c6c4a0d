// The one-time link that makes the first administrator of a clinic: a token in a file that the operator can read, valid
// while no person has the role. `wardmesh init` writes it; there is no default password anywhere.
import { readFile, rm } from 'node:fs/promises';
import { equalSecret, randomBytes } from '#crypto';
import { writePrivateFile } from '../data-directory.ts';
import { toBase64Url } from './base64url.ts';

const TOKEN_BYTES = 40;
const utf8 = new TextEncoder();

/** Writes a new token, in the place of one that is there, and gives it. */
export async function writeFirstAdministratorToken(path: string): Promise<string> {
  const token = toBase64Url(randomBytes(TOKEN_BYTES));
  await writePrivateFile(path, `${token}\n`);
  return token;
}

export class FirstAdministrator {
  private readonly path: string;
  private readonly hasAdministrator: () => Promise<boolean>;

  constructor(options: { readonly path: string }, modules: { hasAdministrator(): Promise<boolean> }) {
    this.path = options.path;
    this.hasAdministrator = modules.hasAdministrator;
  }

  /** Whether a link is out. */
  async isOpen(): Promise<boolean> {
    return (await this.token()) !== undefined && !(await this.hasAdministrator());
  }

  async accepts(token: string): Promise<boolean> {
    const wanted = await this.token();
    if (wanted === undefined || !equalSecret(utf8.encode(wanted), utf8.encode(token))) return false;
    return !(await this.hasAdministrator());
  }

  async spend(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async token(): Promise<string | undefined> {
    try {
      return (await readFile(this.path, 'utf8')).trim() || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
