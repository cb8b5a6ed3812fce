import { useEffect, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatCount, formatDuration } from '../../model/format';
import type { TraceTable } from '../../model/trace/table';
import { traceTabs, type TraceTab, type TraceView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import type { Found } from './useFind';
import type { Zoom } from './zoom';

interface ToolbarProps {
  view: TraceView;
  found: Found;
  cursor: number;
  table: TraceTable;
  zoom: Zoom;
  onView(view: TraceTab): void;
  onInline(): void;
  onFind(text: string): void;
  onStep(direction: 1 | -1): void;
  onOnly(): void;
  onCritical(): void;
  onFold(level: number | null): void;
  onResetZoom(): void;
}

const typingPauseMs = 150;
const levelsOffered = 6;

export function Toolbar({ view, found, cursor, table, zoom, onView, onInline, onFind, onStep, onOnly, onCritical, onFold, onResetZoom }: ToolbarProps) {
  const { t, lang } = usePreferences();
  const [draft, setDraft] = useState(view.find);
  useEffect(() => setDraft(view.find), [view.find]);
  useEffect(() => {
    if (draft === view.find) {
      return;
    }
    const timer = window.setTimeout(() => onFind(draft), typingPauseMs);
    return () => window.clearTimeout(timer);
  }, [draft, view.find, onFind]);

  const { maxDepth } = table;
  const place = found.rows.indexOf(cursor);
  const count = formatCount(found.rows.length, lang);
  const counter = view.find === '' ? '' : found.rows.length === 0 ? (found.kind === 'found' ? t.trace.noMatch : '') : place >= 0 ? t.trace.matchOf(formatCount(place + 1, lang), count) : t.trace.matches(count);
  return (
    <div className="trace-toolbar" role="toolbar" aria-label={t.trace.tools}>
      <div className="segmented" role="group" aria-label={t.views.label}>
        {traceTabs.map((tab) => (
          <button key={tab} type="button" aria-pressed={view.view === tab} onClick={() => onView(tab)}>
            {t.views[`view_${tab}`]}
          </button>
        ))}
      </div>
      <div className="find">
        <Icon name="search" size={14} />
        <input
          type="search"
          data-primary-search
          className="find-input"
          value={draft}
          placeholder={t.trace.findPlaceholder}
          aria-label={t.trace.find}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) {
              return;
            }
            if (event.key === 'Enter') {
              event.preventDefault();
              onStep(event.shiftKey ? -1 : 1);
            } else if (event.key === 'Escape') {
              event.preventDefault();
              if (draft !== '') {
                setDraft('');
                onFind('');
              } else {
                event.currentTarget.blur();
              }
            }
          }}
        />
        <span className="find-count num" role="status">
          {counter}
        </span>
        <button type="button" className="icon-button" disabled={found.rows.length === 0} onClick={() => onStep(-1)} aria-label={t.trace.previous} title={t.trace.previous}>
          <Icon name="chevronUp" size={14} />
        </button>
        <button type="button" className="icon-button" disabled={found.rows.length === 0} onClick={() => onStep(1)} aria-label={t.trace.next} title={t.trace.next}>
          <Icon name="chevronDown" size={14} />
        </button>
      </div>
      {view.view === 'waterfall' && (
        <>
      <button type="button" className="chip" aria-pressed={view.only} disabled={view.find === ''} onClick={onOnly}>
        <Icon name="filter" size={14} />
        {t.trace.matchesOnly}
      </button>
      <button type="button" className="chip" aria-pressed={view.critical} onClick={onCritical}>
        <Icon name="path" size={14} />
        {t.trace.criticalPath}
      </button>
      <button type="button" className="chip chip-icon" aria-pressed={view.inline} onClick={onInline} aria-label={t.views.inline} title={t.views.inline}>
        <Icon name="inline" size={14} />
      </button>
      <div className="toolbar-fold" role="group" aria-label={t.trace.folding}>
        <button type="button" className="icon-button" onClick={() => onFold(null)} aria-label={t.trace.unfoldAll} title={t.trace.unfoldAll}>
          <Icon name="unfoldAll" />
        </button>
        <button type="button" className="icon-button" onClick={() => onFold(1)} aria-label={t.trace.foldAll} title={t.trace.foldAll}>
          <Icon name="foldAll" />
        </button>
        <label>
          <span>{t.trace.levels}</span>
          <select className="field" value={view.fold.level ?? ''} onChange={(event) => onFold(event.target.value === '' ? null : Number(event.target.value))}>
            <option value="">{t.trace.allLevels}</option>
            {Array.from({ length: Math.min(levelsOffered, maxDepth) }, (_, i) => (
              <option key={i} value={i + 1}>
                {i + 2}
              </option>
            ))}
            {view.fold.level !== null && (view.fold.level < 1 || view.fold.level > Math.min(levelsOffered, maxDepth)) && <option value={view.fold.level}>{view.fold.level + 1}</option>}
          </select>
        </label>
      </div>
      <button type="button" className="button toolbar-zoom num" disabled={view.zoom === null} onClick={onResetZoom} title={t.trace.wholeTrace}>
        <Icon name="zoomOut" size={14} />
        {view.zoom === null ? t.trace.wholeTrace : t.trace.window(formatDuration(zoom.fromNs), formatDuration(zoom.toNs))}
        {view.zoom !== null && <span className="visually-hidden">{t.trace.wholeTrace}</span>}
      </button>
        </>
      )}
    </div>
  );
}
