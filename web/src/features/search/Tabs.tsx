import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences';
import { searchTabs, type SearchTab } from '../../model/urlState';

/** The ways to look at one search. */
export function Tabs({ tab, onChange, children }: { tab: SearchTab; onChange(tab: SearchTab): void; children: ReactNode }) {
  const { t } = usePreferences();
  return (
    <div className="view-tabs">
      <div
        role="tablist"
        aria-label={t.tabs.label}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          if (step !== 0) {
            event.preventDefault();
            const next = searchTabs[(searchTabs.indexOf(tab) + step + searchTabs.length) % searchTabs.length];
            event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
            onChange(next);
          }
        }}
      >
        {searchTabs.map((name) => (
          <button key={name} type="button" role="tab" id={`tab-${name}`} data-tab={name} aria-selected={tab === name} aria-controls="search-view" tabIndex={tab === name ? 0 : -1} onClick={() => onChange(name)}>
            {t.tabs[`tab_${name}`]}
          </button>
        ))}
      </div>
      <div className="view-tabs-tools">{children}</div>
    </div>
  );
}
