// Why a resource was not taken. A code and a place, never a value: reports of an import may be shown and logged.

export type SkipCode =
  /** The line or file is no JSON, or not UTF-8. */
  | 'fhir.json'
  /** A line, resource or file above its bound. */
  | 'fhir.too-large'
  | 'fhir.too-deep'
  /** A key that no FHIR resource has and that programs trip over. */
  | 'fhir.key'
  /** No JSON object, or no resourceType. */
  | 'fhir.not-a-resource'
  /** A Patient against FHIR R4; `path` says where. */
  | 'fhir.invalid'
  /** No identifier is an accepted identity document; `reasons` are the codes of those that were refused. */
  | 'fhir.no-identity';

export interface Skip {
  readonly code: SkipCode;
  readonly path?: string;
  readonly reasons?: readonly string[];
}
