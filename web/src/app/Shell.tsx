import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { Icon, type IconName } from '../ui/Icon';
import { Link } from './Link';
import { carriedParams, usePlace } from './location';
import { Logo } from './Logo';
import { usePreferences, type Theme } from './preferences';
import { ShortcutSheet } from './ShortcutSheet';
import { embedOf, tell } from './embed';
import './shell.css';
import { TenantSwitch } from './TenantSwitch';
import { useShortcuts } from './useShortcuts';

const Palette = lazy(() => import('../features/palette/Palette'));

const themeIcons: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' };
const paletteKeys = 'Ctrl K';
const nextTheme: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

/** The bar on top of every page, and the keys that work everywhere. */
export function Shell({ children }: { children: ReactNode }) {
  const { t, lang, setLang, theme, setTheme, zone, setZone } = usePreferences();
  const { path, params } = usePlace();
  const [sheet, setSheet] = useState(false);
  const [palette, setPalette] = useState(false);
  const early = useRef('');
  useEffect(() => {
    if (!palette) {
      early.current = '';
    }
  }, [palette]);
  const embed = embedOf(params);

  useShortcuts({
    'Shift+Slash': () => setSheet(true),
    Slash: () => document.querySelector<HTMLElement>('[data-primary-search]')?.focus(),
  });
  useEffect(() => setSheet(false), [path]);
  // With Ctrl or ⌘ it works from within fields too. By the place of the key, so the Hangul keyboard does not matter.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.code === 'KeyK') {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  useEffect(() => {
    if (!embed.on) {
      return;
    }
    tell({ type: 'ready' });
    const resized = new ResizeObserver(() => tell({ type: 'height', height: document.documentElement.scrollHeight }));
    resized.observe(document.documentElement);
    return () => resized.disconnect();
  }, [embed.on]);

  const themeLabel = t.app.theme(t.app[`theme_${theme}`]);
  const other = lang === 'en' ? 'ko' : 'en';
  return (
    <div className={embed.on ? 'shell shell-embedded' : 'shell'}>
      <a className="skip-link" href="#main">
        {t.app.skip}
      </a>
      <header className="shell-bar" hidden={embed.on}>
        <Link className="shell-brand" path="/" params={carriedParams(params)} aria-label={t.app.home}>
          <Logo />
          <span translate="no">{t.app.name}</span>
        </Link>
        <nav className="shell-nav" aria-label={t.app.navigation}>
          <Link path="/" params={carriedParams(params)} aria-current={path === '/' ? 'page' : undefined}>
            {t.app.search}
          </Link>
          <Link path="/services" params={carriedParams(params)} aria-current={path.startsWith('/services') ? 'page' : undefined}>
            {t.app.services}
          </Link>
          {(
            [
              ['/graph', t.graph.nav],
              ['/workloads', t.graph.navWorkloads],
              ['/mesh-services', t.graph.navMeshServices],
            ] as const
          ).map(([to, label]) => (
            <Link key={to} path={to} params={carriedParams(params)} aria-current={path.startsWith(to) ? 'page' : undefined}>
              {label}
            </Link>
          ))}
          <Link path="/pipeline" params={carriedParams(params)} aria-current={path === '/pipeline' ? 'page' : undefined}>
            {t.app.pipeline}
          </Link>
          <Link path="/settings" params={carriedParams(params)} aria-current={path === '/settings' ? 'page' : undefined}>
            {t.app.settings}
          </Link>
        </nav>
        <div className="shell-tools">
          <button type="button" className="palette-button" onClick={() => setPalette(true)} title={t.palette.title}>
            <Icon name="search" size={13} />
            <span className="visually-hidden">{t.palette.title}</span>
            <kbd>{paletteKeys}</kbd>
          </button>
          <TenantSwitch />
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
      {palette && (
        <Suspense fallback={<PaletteComing onType={(text) => (early.current = text)} />}>
          <Palette early={early} onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <ShortcutSheet open={sheet} onClose={() => setSheet(false)} />
    </div>
  );
}

/** Takes what is typed while the palette is still being fetched: it would otherwise be a page's shortcuts. */
function PaletteComing({ onType }: { onType(text: string): void }) {
  const { t } = usePreferences();
  return (
    <dialog open className="visually-hidden" aria-label={t.palette.title}>
      <input aria-label={t.palette.title} autoFocus onChange={(event) => onType(event.target.value)} />
    </dialog>
  );
}
