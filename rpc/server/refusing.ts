// What a stream of bytes is refused with: routes that are no methods answer with the same codes as methods do.
import { CodedError } from '../../common/errors.ts';
import { nodeFailure, RpcError, SERVICE_ERROR } from '../errors.ts';
import { rowOf } from '../rest/status.ts';
import { refusalMessage } from '../sentences.ts';

/** A refusal that has a status reaches the caller with its code; anything else is the node's own failure. */
export async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RpcError || !(error instanceof CodedError)) throw error;
    const failure = nodeFailure(error);
    if (failure !== undefined) throw failure;
    if (rowOf(error.code) === undefined) throw error;
    const { code, ...details } = error.type as { code: string };
    throw new RpcError({ code, number: SERVICE_ERROR, details }, refusalMessage(error));
  }
}
