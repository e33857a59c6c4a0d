// Types of FHIR resources that some of these pages are about.
export const ALLERGY = 'AllergyIntolerance';
export const RESULT = 'Observation';
export const DOCUMENTS: readonly string[] = ['document', 'DocumentReference', 'ImagingStudy', 'DiagnosticReport'];
