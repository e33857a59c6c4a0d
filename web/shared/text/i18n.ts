// Wording of the pages through i18next. Keys are typed by the English catalogue, which is whole; another language is
// another catalogue of the same shape.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/catalogue.ts';

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
  resources: { en: { translation: en } },
  initAsync: false,
  // React escapes.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});
