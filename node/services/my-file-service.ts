// me_recordDownload: what this clinic keeps of a patient as a file that she fetches, or who acts for her. Bytes pass by
// (node/files).
import { fromHex } from '../../common/bytes.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Downloads } from '../files/downloads.ts';
import { ownerOf } from '../files/owner.ts';
import { recordFile } from '../files/record-file.ts';
import type { MyRecords } from '../vault/my-records.ts';
import type { MeCallers } from './me-callers.ts';

export type MyFileHandlers = Pick<Handlers, 'me_recordDownload'>;

export interface MyFileServiceModules {
  readonly callers: Pick<MeCallers, 'of'>;
  readonly records: Pick<MyRecords, 'open'>;
  readonly downloads: Pick<Downloads, 'offer'>;
}

export function myFileService({ callers, records, downloads }: MyFileServiceModules): MyFileHandlers {
  return {
    me_recordDownload: async ({ actingFor: named, record, version }, context) => {
      await callers.of(context, named);
      return downloads.offer(ownerOf(context.principal), async (fetch) => {
        // Who may act for her may have changed since it was asked for.
        const patient = await callers.of(fetch, named);
        return recordFile(await records.open(patient, fromHex(record), version, fetch.signal));
      });
    },
  };
}
