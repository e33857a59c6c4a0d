// Wording of the pages through i18next. Keys are typed by the English catalogue, which is whole; another language is
// another catalogue of the same shape. What the frame says comes at once, every other area with the pages that name it.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { en } from './en/catalogue.ts';
import { errors } from './en/errors.ts';
import { explorer } from './en/explorer.ts';
import { frame } from './en/frame.ts';
import { shared } from './en/shared.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

/** The one of this page; components take `useTranslation`. */
export const texts = i18next.createInstance();

void texts.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: { ...frame, ...shared, errors, explorer } } },
  initAsync: false,
  // React escapes.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});

/** An area's wording, once its file is loaded: before any page that imports it is shown. */
export function words(area: object): void {
  texts.addResourceBundle('en', 'translation', area, true);
}
