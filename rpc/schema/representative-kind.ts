// By what right somebody acts for a patient: a parent or legal guardian, or an adult whom the patient chose.
import { z } from 'zod';

export const representativeKind = z.enum(['guardian', 'delegate']);
