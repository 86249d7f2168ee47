/** Times and numbers as people read them. */

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";

const MINUTE = 60;
const HOUR = 3600;

/** 65 -> "1:05", 3661 -> "1:01:01"; never negative. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const tail = String(whole % MINUTE).padStart(2, "0");
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  if (whole < HOUR) return `${minutes}:${tail}`;
  return `${Math.floor(whole / HOUR)}:${String(minutes).padStart(2, "0")}:${tail}`;
}

export function secondsBetween(start: string, end: number): number {
  return (end - Date.parse(start)) / 1000;
}

/** +442071838750 -> "+44 20 7183 8750"; anything else as it is. */
export function phoneWords(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
}

/** ISO 3166-1 region of a tenant's locale, for numbers typed without a country code. */
export function regionOf(locale: string): CountryCode | undefined {
  try {
    const region = new Intl.Locale(locale).maximize().region;
    return region !== undefined && isSupportedCountry(region) ? region : undefined;
  } catch {
    return undefined;
  }
}

/** E.164, or null for what cannot be dialled. */
export function dialable(text: string, region: CountryCode | undefined): string | null {
  const number = parsePhoneNumberFromString(text, region === undefined ? {} : { defaultCountry: region });
  return number?.isPossible() === true ? number.number : null;
}

/** 0.874 -> "87 %" as the language writes it. */
export function percentWords(share: number, language: string, digits: number): string {
  return share.toLocaleString(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A tenant in Britain reads 16:05 and an American one 4:05 PM, though both read English. */
export function formattingLocale(language: string, tenantLocale: string): string {
  try {
    return new Intl.Locale(tenantLocale).language === new Intl.Locale(language).language ? tenantLocale : language;
  } catch {
    return language;
  }
}

export interface Reading {
  readonly language: string;
  /** IANA name: a shift's calls belong to the day of the tenant, not of the traveller. */
  readonly zone: string;
}

export function timeOfDay(at: string, { language, zone }: Reading): string {
  return new Date(at).toLocaleTimeString(language, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
}

/** Such as "2 Mar, 09:41". */
export function dayAndTime(at: string, { language, zone }: Reading): string {
  const parts = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(language, { ...parts, timeZone: zone }).format(new Date(at));
}
