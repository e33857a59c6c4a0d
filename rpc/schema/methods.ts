// The table of all methods and the types that follow from it.
import type { z } from 'zod';
import { accountMethods } from './account.ts';
import { accountChainMethods } from './account-chain.ts';
import { adminMethods } from './admin.ts';
import { apiKeyMethods } from './apikey.ts';
import { auditMethods } from './audit.ts';
import { blobMethods } from './blob.ts';
import { ceremonyMethods } from './ceremony.ts';
import { chainMethods } from './chain.ts';
import { checkpointMethods } from './checkpoint.ts';
import { consentMethods } from './consent.ts';
import { emergencyMethods } from './emergency.ts';
import { erasureMethods } from './erasure.ts';
import { fileMethods } from './file.ts';
import { identifierMethods } from './identifier.ts';
import { keyMethods } from './key.ts';
import { meMethods } from './me.ts';
import { memberMethods } from './member.ts';
import { defineMethods } from './method.ts';
import { miningMethods } from './mining.ts';
import { nodeMethods } from './node.ts';
import { patientMethods } from './patient.ts';
import { patientSearchMethods } from './patient-search.ts';
import { peerMethods } from './peer.ts';
import { proofMethods } from './proof.ts';
import { recordMethods } from './record.ts';
import { recordImportMethods } from './record-import.ts';
import { recoveryMethods } from './recovery.ts';
import { representativeMethods } from './representative.ts';
import { securityMethods } from './security.ts';
import { sessionMethods } from './session.ts';
import { empty, jsonObject } from './shapes.ts';
import { subscriptionMethods } from './subscription.ts';
import { takeOverMethods } from './take-over.ts';
import { threatMethods } from './threat.ts';
import { threatSignatureMethods } from './threat-signature.ts';
import { txMethods } from './tx.ts';

const serviceMethods = {
  ...nodeMethods,
  ...chainMethods,
  ...checkpointMethods,
  ...proofMethods,
  ...txMethods,
  ...accountChainMethods,
  ...sessionMethods,
  ...accountMethods,
  ...recoveryMethods,
  ...patientMethods,
  ...patientSearchMethods,
  ...identifierMethods,
  ...recordImportMethods,
  ...recordMethods,
  ...fileMethods,
  ...blobMethods,
  ...consentMethods,
  ...meMethods,
  ...representativeMethods,
  ...emergencyMethods,
  ...erasureMethods,
  ...peerMethods,
  ...threatMethods,
  ...threatSignatureMethods,
  ...securityMethods,
  ...miningMethods,
  ...memberMethods,
  ...keyMethods,
  ...adminMethods,
  ...apiKeyMethods,
  ...auditMethods,
  ...ceremonyMethods,
  ...takeOverMethods,
} as const;

const doorMethods = {
  ...subscriptionMethods,
  ...defineMethods({
    'rpc.discover': {
      summary: 'This description, as an OpenRPC document.',
      params: empty,
      result: jsonObject,
      errors: [],
      cost: 10,
    },
  }),
} as const;

export const SERVICE_METHODS = serviceMethods;
export const METHODS = { ...serviceMethods, ...doorMethods } as const;

/** Methods that the node's services answer; the door answers the rest itself. */
export type ServiceMethodName = keyof typeof serviceMethods;
export type MethodName = keyof typeof METHODS;
/** Parameters as a caller writes them, before defaults. */
export type ParamsIn<M extends MethodName> = z.input<(typeof METHODS)[M]['params']>;
/** Parameters as a handler sees them, after defaults and normalisation. */
export type Params<M extends MethodName> = z.output<(typeof METHODS)[M]['params']>;
export type Result<M extends MethodName> = z.output<(typeof METHODS)[M]['result']>;
