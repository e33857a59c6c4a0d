// Wording of the pages through i18next. Keys are typed by the English catalogue, which is whole; another language is
// another catalogue of the same shape. What the frame says comes at once, every other area with the pages that name it.
import type { en } from './en/catalogue.ts';
import { errors } from './en/errors.ts';
import { explorer } from './en/explorer.ts';
import { frame } from './en/frame.ts';
import { shared } from './en/shared.ts';
import { texts, words } from './words.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

words({ ...frame, ...shared, errors, explorer });

/** The one of this page; components take `useTranslation`. */
export { texts };
