import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { setTenant } from '../api/client';
import { catalogues, type Catalogue, type Lang } from '../i18n';
import type { Zone } from '../model/format';
import { currentPlace, navigate, usePlace } from './location';

export type Theme = 'system' | 'light' | 'dark';

interface Preferences {
  lang: Lang;
  theme: Theme;
  zone: Zone;
  t: Catalogue;
  setLang(lang: Lang): void;
  setTheme(theme: Theme): void;
  setZone(zone: Zone): void;
}

const Context = createContext<Preferences | null>(null);

const langs: readonly Lang[] = ['en', 'ko'];
const themes: readonly Theme[] = ['system', 'light', 'dark'];
const zones: readonly Zone[] = ['local', 'utc'];

function stored<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  let value: string | null = null;
  try {
    value = window.localStorage.getItem(`clew.${key}`);
  } catch {
    // Storage may be switched off; preferences then last as long as the page.
  }
  return allowed.find((a) => a === value) ?? otherwise;
}

function store(key: string, value: string): void {
  try {
    window.localStorage.setItem(`clew.${key}`, value);
  } catch {
    // See stored().
  }
}

/** One preference: the URL wins over the stored choice, so opening a link never changes what its reader had chosen. */
function usePreference<T extends string>(key: string, param: string, allowed: readonly T[], otherwise: T): [T, (value: T) => void] {
  const place = usePlace();
  const [chosen, setChosen] = useState(() => stored(key, allowed, otherwise));
  const value = allowed.find((a) => a === place.params.get(param)) ?? chosen;
  const choose = (next: T) => {
    setChosen(next);
    store(key, next);
    const { path, params } = currentPlace();
    if (params.has(param)) {
      params.set(param, next);
      navigate(path, params, 'replace');
    }
  };
  return [value, choose];
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  // Before any page asks anything.
  setTenant(usePlace().params.get('tenant') ?? '');
  const systemLang: Lang = navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
  const [lang, setLang] = usePreference('lang', 'lang', langs, systemLang);
  const [theme, setTheme] = usePreference('theme', 'theme', themes, 'system');
  const [zone, setZone] = usePreference('zone', 'tz', zones, 'local');

  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  const value = useMemo(() => ({ lang, theme, zone, t: catalogues[lang], setLang, setTheme, setZone }), [lang, theme, zone]);
  return <Context value={value}>{children}</Context>;
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (value === null) {
    throw new Error('usePreferences outside of PreferencesProvider');
  }
  return value;
}
