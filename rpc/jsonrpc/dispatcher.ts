// JSON-RPC 2.0 from text to text: batches, notifications, answers. Owns no transport: HTTP and WebSocket hand it a message
// and send what it answers; what a call does is Calls' business.
import { doorError, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, type RpcError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { type Calls, METHOD_UNKNOWN } from './calls.ts';
import { parseJson } from './parse.ts';
import { errorAnswer, errorObject, type Id, readCall, resultAnswer, standardError } from './protocol.ts';

export interface DispatcherOptions {
  /** Entries of one batch. */
  readonly maxBatch: number;
  /** Calls of one batch that run at once. */
  readonly batchConcurrency: number;
}

export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly calls: Calls;

  constructor(options: DispatcherOptions, modules: { readonly calls: Calls }) {
    this.options = options;
    this.calls = modules.calls;
  }

  /** The answer to one message, or undefined when it asks for none. Never throws. */
  async handle(text: string, caller: Caller): Promise<string | undefined> {
    let message: unknown;
    try {
      message = parseJson(text);
    } catch {
      return errorAnswer(standardError(PARSE_ERROR), null);
    }
    return Array.isArray(message) ? this.handleBatch(message, caller) : this.handleOne(message, caller);
  }

  private async handleBatch(entries: readonly unknown[], caller: Caller): Promise<string | undefined> {
    if (entries.length === 0) return errorAnswer(standardError(INVALID_REQUEST), null);
    const { maxBatch, batchConcurrency } = this.options;
    if (entries.length > maxBatch) return errorAnswer(errorObject(doorError('rpc.too-large', { maxBatch })), null);
    const answers: (string | undefined)[] = new Array(entries.length);
    // Two calls that each set the cookie would leave it to chance which one counts.
    const together = { ...caller, cookies: undefined };
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < entries.length) {
        const index = next++;
        answers[index] = await this.handleOne(entries[index], together);
      }
    };
    await Promise.all(Array.from({ length: Math.min(batchConcurrency, entries.length) }, work));
    const wanted = answers.filter((answer) => answer !== undefined);
    return wanted.length === 0 ? undefined : `[${wanted.join(',')}]`;
  }

  private async handleOne(value: unknown, caller: Caller): Promise<string | undefined> {
    const reading = readCall(value);
    if (!reading.ok) return errorAnswer(standardError(INVALID_REQUEST), reading.id);
    const { method, params, id } = reading.call;
    const answer = await this.calls.call(method, params, caller).then(
      (result) => this.resultText(method, result, id ?? null, caller),
      (error: RpcError) => refusalText(error, id ?? null, caller),
    );
    return id === undefined ? undefined : answer;
  }

  private resultText(method: string, result: unknown, id: Id, caller: Caller): string {
    let answer: string;
    try {
      answer = resultAnswer(result, id);
    } catch (error) {
      return refusalText(this.calls.refusalOf(method, error), id, caller);
    }
    return caller.reserve(answer.length) ? answer : refusalText(doorError('rpc.busy'), id, caller);
  }
}

function refusalText(error: RpcError, id: Id, caller: Caller): string {
  const object = error.code === METHOD_UNKNOWN ? standardError(METHOD_NOT_FOUND) : errorObject(error);
  const answer = errorAnswer(object, id);
  caller.reserve(answer.length);
  return answer;
}
