// What a program hands over to be written, as the door takes it.
import type { ParamsIn } from '../rpc/schema/methods.ts';

type Params = ParamsIn<'record_write'>['records'][number];
type DocumentParams = Extract<Params, { document: unknown }>;
export type Category = DocumentParams['category'];

export type Content =
  /** A FHIR R4 resource, as a value or as its own text, which is then kept byte for byte. */
  | { readonly resource: object | string; readonly category?: Category }
  | {
      readonly document: {
        readonly mediaType: DocumentParams['document']['mediaType'];
        readonly title: string;
        readonly bytes: Uint8Array;
      };
      readonly category: Category;
    };

const PIECE = 0x8000;

export function contentParams(content: Content): Params {
  if ('resource' in content) {
    const { resource, category } = content;
    const text = typeof resource === 'string' ? resource : JSON.stringify(resource);
    return category === undefined ? { resource: text } : { resource: text, category };
  }
  const { document, category } = content;
  return { document: { ...document, bytes: base64(document.bytes) }, category };
}

/** In pieces: a call with too many arguments fails. */
function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}
