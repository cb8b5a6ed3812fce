import { useEffect, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { allTime, parseRange, quickRanges, rangeText, relativeLength, shiftRange, zoomOut, type TimeRange } from '../../model/time';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';
import { rangeLabel } from './words';

export function TimePicker({ range, onChange }: { range: TimeRange; onChange(range: TimeRange): void }) {
  const { t, zone } = usePreferences();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState('');
  const current = rangeText(range, zone);
  useEffect(() => {
    if (open) {
      setDraft(current);
      setProblem('');
    }
  }, [open, current]);

  const choose = (next: TimeRange) => {
    setOpen(false);
    onChange(next);
  };
  const apply = () => {
    const parsed = parseRange(draft, Date.now(), zone);
    if (parsed.ok) {
      choose(parsed.range);
    } else {
      setProblem(parsed.reason === 'reversed' ? t.time.reversed : t.time.unreadable);
    }
  };
  const isAll = range.from === '' && range.to === '';
  const length = relativeLength(range);
  return (
    <div className="time-picker">
      <div className="button-group">
        <button type="button" className="icon-button" onClick={() => onChange(shiftRange(range, -1, Date.now()))} disabled={isAll} aria-label={t.time.earlier} title={t.time.earlier}>
          <Icon name="chevronLeft" />
        </button>
        <button type="button" className="time-button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="clock" size={14} />
          <span>{rangeLabel(range, zone, t)}</span>
          <Icon name="chevronDown" size={12} />
        </button>
        <button type="button" className="icon-button" onClick={() => onChange(shiftRange(range, 1, Date.now()))} disabled={isAll || length !== null} aria-label={t.time.later} title={t.time.later}>
          <Icon name="chevronRight" />
        </button>
        <button type="button" className="icon-button" onClick={() => onChange(zoomOut(range, Date.now()))} disabled={isAll} aria-label={t.time.zoomOut} title={t.time.zoomOut}>
          <Icon name="zoomOut" />
        </button>
      </div>
      <Popover open={open} onClose={() => setOpen(false)} label={t.time.title} align="end">
        <div className="time-panel">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              apply();
            }}
          >
            <label htmlFor="time-text">{t.time.text}</label>
            <div className="time-text-row">
              <input id="time-text" className="field mono" autoFocus value={draft} onFocus={(event) => event.target.select()} aria-invalid={problem !== ''} aria-describedby="time-help" onChange={(event) => setDraft(event.target.value)} spellCheck={false} autoComplete="off" />
              <button type="submit" className="button button-primary">
                {t.time.apply}
              </button>
            </div>
            <p id="time-help" className={problem === '' ? 'time-help' : 'time-help time-problem'} role={problem === '' ? undefined : 'alert'}>
              {problem === '' ? t.time.help : problem}
            </p>
          </form>
          <div className="time-quick" role="group" aria-label={t.time.quick}>
            {quickRanges.map((quick) => (
              <button key={quick} type="button" className="chip" aria-pressed={length === quick} onClick={() => choose({ from: `now-${quick}`, to: 'now' })}>
                {quick}
              </button>
            ))}
            <button type="button" className="chip" aria-pressed={isAll} onClick={() => choose(allTime)}>
              {t.time.all}
            </button>
          </div>
        </div>
      </Popover>
    </div>
  );
}
