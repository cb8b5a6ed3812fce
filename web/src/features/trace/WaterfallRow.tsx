import { memo } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount, formatDuration } from '../../model/format';
import { Flag, type TraceTable } from '../../model/trace/table';
import type { Repeat } from '../../model/trace/repeats';
import { Icon } from '../../ui/Icon';

/** Pixels; the css has the same number. */
export const rowHeight = 28;

const indentPx = 14;
// Deeper spans stand at this indent with their depth as a number: a chain of hundreds must not push its names out of the column.
const indentedLevels = 18;

export function rowId(row: number): string | undefined {
  return row < 0 ? undefined : `span-row-${row}`;
}

interface WaterfallRowProps {
  table: TraceTable;
  row: number;
  place: number;
  /** Pixels from the top of the list. */
  top: number;
  slot: number;
  folded: boolean;
  /** Set when the row stands for all siblings of its kind. */
  repeat: Repeat | null;
  onToggleRepeat(row: number): void;
  fromNs: number;
  toNs: number;
  isCursor: boolean;
  isSelected: boolean;
  match: 'none' | 'match' | 'other';
  pieces: number[] | null;
  onOpen(row: number): void;
  onToggle(row: number): void;
}

export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { table, row, place, top, slot, folded, repeat, onToggleRepeat, fromNs, toNs, isCursor, isSelected, match, pieces, onOpen, onToggle } = props;
  const { t, lang } = usePreferences();
  const flags = table.flags[row];
  const depth = table.depth[row];
  const parent = table.parent[row];
  const hasChildren = table.size[row] > 1 && repeat === null;
  const service = table.services[table.service[row]];
  const newService = parent < 0 || table.service[parent] !== table.service[row];
  const error = repeat === null ? (flags & Flag.Error) !== 0 : repeat.errors > 0;
  const errorInside = folded && (flags & Flag.ErrorBelow) !== 0;
  const colour = colourVariable(slot);
  const classes = ['wf-row', isCursor && 'wf-row-cursor', isSelected && 'wf-row-selected', match !== 'none' && `wf-row-${match}`].filter(Boolean).join(' ');
  return (
    <div
      id={rowId(row)}
      role="row"
      className={classes}
      aria-rowindex={place + 2}
      aria-level={depth + 1}
      aria-expanded={hasChildren ? !folded : undefined}
      aria-selected={isSelected}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onOpen(row)}
    >
      <div role="gridcell" className="wf-name" style={{ paddingLeft: Math.min(depth, indentedLevels) * indentPx + 4 }}>
        {depth > 0 && <span className="wf-guides" style={{ width: Math.min(depth, indentedLevels) * indentPx }} aria-hidden="true" />}
        {hasChildren ? (
          <button
            type="button"
            tabIndex={-1}
            className="wf-fold"
            aria-label={folded ? t.trace.unfold(table.size[row] - 1) : t.trace.fold}
            onClick={(event) => {
              event.stopPropagation();
              onToggle(row);
            }}
          >
            <Icon name={folded ? 'chevronRight' : 'chevronDown'} size={12} />
          </button>
        ) : (
          <span className="wf-leaf" />
        )}
        <span className="wf-mark" style={{ background: colour }} />
        {error && (
          <span className="wf-error" title={t.trace.error}>
            <Icon name="error" size={13} />
            <span className="visually-hidden">{t.trace.error}</span>
          </span>
        )}
        {errorInside && !error && (
          <span className="wf-error wf-error-inside" title={t.trace.errorInside}>
            <Icon name="error" size={13} />
            <span className="visually-hidden">{t.trace.errorInside}</span>
          </span>
        )}
        {depth > indentedLevels && <span className="wf-depth num">{depth}</span>}
        {newService && <span className="wf-service">{service}</span>}
        <span className="wf-text" title={`${service} · ${table.names[table.name[row]]}`}>
          {table.names[table.name[row]]}
        </span>
        {repeat !== null && (
          <button
            type="button"
            tabIndex={-1}
            className="wf-repeat num"
            title={t.trace.repeatWords(formatCount(repeat.rows.length, lang), formatDuration(repeat.leastNs), formatDuration(repeat.medianNs), formatDuration(repeat.mostNs))}
            aria-label={t.trace.unfoldRepeat(formatCount(repeat.rows.length, lang))}
            onClick={(event) => {
              event.stopPropagation();
              onToggleRepeat(row);
            }}
          >
            ×{formatCount(repeat.rows.length, lang)}
          </button>
        )}
        {folded && repeat === null && <span className="wf-hidden num">+{formatCount(table.size[row] - 1, lang)}</span>}
        {(flags & Flag.MissingParent) !== 0 && <span className="wf-tag">{t.trace.parentMissing}</span>}
        {(flags & Flag.SharedId) !== 0 && <span className="wf-tag">{t.trace.sharedId}</span>}
        {(flags & Flag.Skewed) !== 0 && <span className="wf-tag">{t.trace.skewed}</span>}
        {(flags & Flag.Links) !== 0 && (
          <span className="wf-linked" title={t.trace.hasLinks}>
            <Icon name="link" size={12} />
          </span>
        )}
      </div>
      <div role="gridcell" className="wf-time">
        <div className="wf-scale">
          {repeat !== null ? (
            <RepeatBar repeat={repeat} fromNs={fromNs} toNs={toNs} colour={colour} />
          ) : (
          <Bar table={table} row={row} fromNs={fromNs} toNs={toNs} colour={colour} error={error} pieces={pieces} />
          )}
        </div>
      </div>
    </div>
  );
});

/** One dashed bar over the time of all of them, and how long the middle one took. */
function RepeatBar({ repeat, fromNs, toNs, colour }: { repeat: Repeat; fromNs: number; toNs: number; colour: string }) {
  const { t } = usePreferences();
  const extent = toNs - fromNs;
  const from = Math.max(0, Math.min(1, (repeat.fromNs - fromNs) / extent));
  const to = Math.max(0, Math.min(1, (repeat.toNs - fromNs) / extent));
  return (
    <>
      <span className="wf-bar wf-bar-repeat" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%`, color: colour }} />
      <span className="wf-label num" style={{ left: `${to * 100}%` }}>
        {t.trace.repeatLabel(formatDuration(repeat.totalNs), formatDuration(repeat.medianNs))}
      </span>
    </>
  );
}

interface BarProps {
  table: TraceTable;
  row: number;
  fromNs: number;
  toNs: number;
  colour: string;
  error: boolean;
  pieces: number[] | null;
}

function Bar({ table, row, fromNs, toNs, colour, error, pieces }: BarProps) {
  const extent = toNs - fromNs;
  const share = (ns: number) => (ns - fromNs) / extent;
  const start = share(table.startNs[row]);
  const end = share(table.startNs[row] + table.durationsNs[row]);
  const duration = formatDuration(table.durationsNs[row]);
  if (end < 0 || start > 1) {
    return (
      <span className={end < 0 ? 'wf-beyond wf-beyond-left' : 'wf-beyond wf-beyond-right'}>
        <Icon name={end < 0 ? 'chevronLeft' : 'chevronRight'} size={12} />
        {duration}
      </span>
    );
  }
  const from = Math.max(0, start);
  const to = Math.min(1, end);
  const events: { key: number; at: number }[] = [];
  for (let i = table.eventsFrom[row]; i < table.eventsFrom[row + 1]; i++) {
    const at = share(table.eventNs[i]);
    if (at >= 0 && at <= 1) {
      events.push({ key: i, at });
    }
  }
  return (
    <>
      <span className={error ? 'wf-bar wf-bar-error' : 'wf-bar'} style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%`, backgroundColor: colour }} />
      {events.slice(0, eventsDrawn).map((event) => (
        <span key={event.key} className="wf-event" style={{ left: `${event.at * 100}%` }} />
      ))}
      {pieces !== null && <Pieces pieces={pieces} share={share} />}
      <span className="wf-label num" style={{ left: `${to * 100}%` }}>
        {duration}
      </span>
    </>
  );
}

const eventsDrawn = 50;

function Pieces({ pieces, share }: { pieces: number[]; share(ns: number): number }) {
  const drawn: { left: number; width: number }[] = [];
  for (let i = 0; i < pieces.length && drawn.length < eventsDrawn; i += 2) {
    const from = Math.max(0, share(pieces[i]));
    const to = Math.min(1, share(pieces[i + 1]));
    if (to > 0 && from < 1 && to > from) {
      drawn.push({ left: from, width: to - from });
    }
  }
  return drawn.map((piece) => <span key={piece.left} className="wf-piece" style={{ left: `${piece.left * 100}%`, width: `${piece.width * 100}%` }} />);
}
