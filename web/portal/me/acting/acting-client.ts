// A client whose calls about the patient say for whom the person acts. The node decides whether she does.
import type { RpcClient } from '../../../../rpc/client.ts';
import type { MethodName } from '../../../../rpc/schema/methods.ts';

/** Those that take `actingFor`: the others are about the person herself. */
const ABOUT_PATIENT: ReadonlySet<MethodName> = new Set<MethodName>([
  ...(['me_summary', 'me_records', 'me_recordRead', 'me_recordDownload', 'me_vault', 'me_requests'] as const),
  ...([
    'me_recipients',
    'me_answer',
    'me_sharing',
    'me_share',
    'me_stop',
    'me_branches',
    'me_access',
    'me_dispute',
  ] as const),
  ...(['me_notices', 'me_representatives', 'me_delegate', 'me_representativeEnd'] as const),
  ...(['me_erasure', 'me_erasureAsk', 'me_erasureCancel'] as const),
  ...(['me_takeOvers', 'me_takeOverPrepare', 'me_takeOverObject'] as const),
]);

interface Caller {
  call(method: MethodName, params: object, signal?: AbortSignal): Promise<unknown>;
}

/** `actingFor`: as me_actingFor names the patient. */
export function actingClient(client: RpcClient, actingFor: string): RpcClient {
  const caller: Caller & Pick<RpcClient, 'takeout'> = {
    takeout: (patient, signal) => client.takeout(patient === 'own' ? { actingFor } : patient, signal),
    call: (method, params = {}, signal) =>
      (client as Caller).call(method, ABOUT_PATIENT.has(method) ? { ...params, actingFor } : params, signal),
  };
  return Object.assign(Object.create(client) as RpcClient, caller);
}
