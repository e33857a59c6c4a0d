// The i18next of this page, empty: whoever has wording adds it. Owns no word and no type of a key: i18n.ts.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const texts = i18next.createInstance();

void texts.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: {} } },
  initAsync: false,
  // React escapes.
  interpolation: { escapeValue: false },
  react: { useSuspense: false },
});

/** An area's wording, once its file is loaded: before any page that imports it is shown. */
export function words(area: object): void {
  texts.addResourceBundle('en', 'translation', area, true);
}
