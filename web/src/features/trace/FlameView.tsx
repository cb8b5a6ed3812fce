import { useMemo, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatPercent } from '../../model/format';
import { flameOf, layFlame, type Frame } from '../../model/trace/flame';
import { Icon } from '../../ui/Icon';
import type { ViewProps } from './views';

const rowPx = 22;
const narrowest = 0.0012;
const boxesLimit = 2000;
const levelsDrawn = 60;

/** Where the time goes: frames of the same path together, as wide as the self time of all that is in them. */
export function FlameView({ session, self, slots, matches, onOpen }: ViewProps) {
  const { table } = session;
  const { t, lang } = usePreferences();
  const top = useMemo(() => flameOf(table, self), [table, self]);
  const [focus, setFocus] = useState<Frame>(top);
  const [shown, setShown] = useState<Frame | null>(null);
  const boxes = useMemo(() => layFlame(focus, narrowest, boxesLimit).filter((box) => box.level < levelsDrawn), [focus]);
  const levels = boxes.reduce((most, box) => Math.max(most, box.level), 0) + 1;
  const words = (frame: Frame) =>
    frame.parent === null
      ? t.trace.wholeTrace
      : `${table.services[frame.service]} · ${table.names[frame.name]} · ${t.flame.facts(formatCount(frame.spans, lang), formatDuration(frame.totalNs), formatPercent(top.totalNs === 0 ? 0 : frame.totalNs / top.totalNs, lang), formatDuration(frame.selfNs))}`;
  const detail = shown ?? focus;
  return (
    <div
      className="trace-view flame"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && focus.parent !== null) {
          event.preventDefault();
          setFocus(top);
        }
      }}
    >
      <div className="flame-bar">
        <p className="num" role="status">
          {words(detail)}
        </p>
        {focus.parent !== null && (
          <>
            <button type="button" className="button button-small" onClick={() => onOpen(focus.example)}>
              {t.flame.longest}
            </button>
            <button type="button" className="button button-small" onClick={() => setFocus(top)}>
              <Icon name="zoomOut" size={13} />
              {t.trace.wholeTrace}
            </button>
          </>
        )}
      </div>
      <div className="flame-scroll">
        <div className="flame-frames" role="tree" aria-label={t.views.view_flame} style={{ height: levels * rowPx }} onPointerLeave={() => setShown(null)}>
          {boxes.map((box) => {
            const { frame } = box;
            const isTop = frame.parent === null;
            const found = matches !== null && !isTop && matches[frame.example] === 1;
            return (
              <button
                key={frame.id}
                type="button"
                role="treeitem"
                aria-level={box.level + 1}
                aria-selected={frame === focus}
                aria-label={words(frame)}
                className={['flame-frame', isTop && 'flame-top', frame.errors > 0 && 'flame-error', matches !== null && !found && !isTop && 'flame-other'].filter(Boolean).join(' ')}
                style={{ left: `${box.left * 100}%`, width: `${box.width * 100}%`, top: box.level * rowPx, background: isTop ? undefined : `color-mix(in oklch, ${colourVariable(slots[frame.service])} 42%, var(--raised))` }}
                onPointerEnter={() => setShown(frame)}
                onFocus={() => setShown(frame)}
                onClick={() => setFocus(frame === focus ? (frame.parent ?? top) : frame)}
              >
                {box.width > 0.03 && (isTop ? t.trace.wholeTrace : table.names[frame.name])}
              </button>
            );
          })}
        </div>
      </div>
    </div>
  );
}
