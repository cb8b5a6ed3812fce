import { useEffect, useState, type ReactNode } from 'react';
import { Icon, type IconName } from '../ui/Icon';
import { Link } from './Link';
import { carriedParams, usePlace } from './location';
import { Logo } from './Logo';
import { usePreferences, type Theme } from './preferences';
import { ShortcutSheet } from './ShortcutSheet';
import './shell.css';
import { useShortcuts } from './useShortcuts';

const themeIcons: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' };
const nextTheme: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

/** The bar on top of every page, and the keys that work everywhere. */
export function Shell({ children }: { children: ReactNode }) {
  const { t, lang, setLang, theme, setTheme, zone, setZone } = usePreferences();
  const { path, params } = usePlace();
  const [sheet, setSheet] = useState(false);

  useShortcuts({
    'Shift+Slash': () => setSheet(true),
    Slash: () => document.querySelector<HTMLElement>('[data-primary-search]')?.focus(),
  });
  useEffect(() => setSheet(false), [path]);

  const themeLabel = t.app.theme(t.app[`theme_${theme}`]);
  const other = lang === 'en' ? 'ko' : 'en';
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        {t.app.skip}
      </a>
      <header className="shell-bar">
        <Link className="shell-brand" path="/" params={carriedParams(params)} aria-label={t.app.home}>
          <Logo />
          <span translate="no">{t.app.name}</span>
        </Link>
        <nav className="shell-nav" aria-label={t.app.navigation}>
          <Link path="/" params={carriedParams(params)} aria-current={path === '/' ? 'page' : undefined}>
            {t.app.search}
          </Link>
        </nav>
        <div className="shell-tools">
          <button type="button" className="text-button" onClick={() => setZone(zone === 'local' ? 'utc' : 'local')} title={t.app.zoneTitle}>
            {zone === 'utc' ? t.app.zoneUtc : t.app.zoneLocal}
          </button>
          <button type="button" className="text-button" lang={other} onClick={() => setLang(other)} title={t.app.languageTitle}>
            {t.app.otherLanguage}
          </button>
          <button type="button" className="icon-button" onClick={() => setTheme(nextTheme[theme])} aria-label={themeLabel} title={themeLabel}>
            <Icon name={themeIcons[theme]} />
          </button>
          <button type="button" className="icon-button" onClick={() => setSheet(true)} aria-label={t.app.shortcuts} title={t.app.shortcuts}>
            <Icon name="keyboard" />
          </button>
        </div>
      </header>
      <main id="main" className="shell-main" tabIndex={-1}>
        {children}
      </main>
      <ShortcutSheet open={sheet} onClose={() => setSheet(false)} />
    </div>
  );
}
