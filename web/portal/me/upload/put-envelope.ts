// Sends an envelope that this page sealed to the clinic.
import { FILE_PATHS, uploadedEnvelope } from '../../../../rpc/schema/file.ts';
import type { UploadEnvelope } from '../../../shared/vault/my-records.ts';
import { putFile } from '../../parts/put-file.ts';

/** Throws RpcError, and the signal's reason. */
export const putEnvelope: UploadEnvelope = async (envelope, options) =>
  uploadedEnvelope.parse(await putFile(FILE_PATHS.ownUploads, envelope, options));
