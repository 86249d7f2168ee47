/** Message catalogues: one folder per language under locales/. English is complete; a folder more is a language more. */

import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import english from "./locales/en/desk.json";

type Catalogue = typeof english;

const CATALOGUES = import.meta.glob<{ default: Catalogue }>(["./locales/*/desk.json", "!./locales/en/desk.json"]);

const FALLBACK = "en";
const RIGHT_TO_LEFT: readonly string[] = ["ar", "fa", "he", "ur"];

export function offered(paths: readonly string[] = Object.keys(CATALOGUES)): string[] {
  return [FALLBACK, ...paths.map((path) => path.split("/")[2] ?? FALLBACK)];
}

/** The best of `available` for what the person reads: zh-TW and zh-HK read zh-Hant, zh-CN reads zh-Hans. */
export function chooseLanguage(wanted: readonly string[], available: readonly string[]): string {
  for (const tag of wanted) {
    const locale = new Intl.Locale(tag).maximize();
    const candidates = [tag, `${locale.language}-${locale.script ?? ""}`, locale.language];
    const match = candidates.find((candidate) => available.includes(candidate));
    if (match !== undefined) return match;
  }
  return FALLBACK;
}

export function directionOf(language: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(language).language) ? "rtl" : "ltr";
}

/** Ready before the first paint; a catalogue that fails to load leaves English. */
export async function startI18n(wanted: readonly string[] = navigator.languages): Promise<i18n> {
  const language = chooseLanguage(wanted, offered());
  await i18next.use(initReactI18next).init({
    lng: FALLBACK,
    fallbackLng: FALLBACK,
    defaultNS: "desk",
    resources: { [FALLBACK]: { desk: english } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  const load = CATALOGUES[`./locales/${language}/desk.json`];
  if (load !== undefined) {
    i18next.addResourceBundle(language, "desk", (await load()).default);
    await i18next.changeLanguage(language);
  }
  document.documentElement.lang = i18next.language;
  document.documentElement.dir = directionOf(i18next.language);
  return i18next;
}
