import { usePreferences } from '../../app/preferences';
import { Icon } from '../../ui/Icon';
import type { Live } from './useLive';

/** Live on and off; while it runs, pause and clear. */
export function LiveControls({ on, live, onToggle }: { on: boolean; live: Live; onToggle(): void }) {
  const { t } = usePreferences();
  return (
    <>
      {on && (
        <>
          <button type="button" className="chip" aria-pressed={live.paused} onClick={live.togglePause}>
            <Icon name={live.paused ? 'play' : 'pause'} size={13} />
            {live.paused ? t.live.resume : t.live.pause}
            {live.paused && <span className="num" role="status">{t.live.waiting(live.waiting)}</span>}
          </button>
          <button type="button" className="chip" onClick={live.clear}>
            {t.live.clear}
          </button>
        </>
      )}
      <button type="button" className="chip" aria-pressed={on} onClick={onToggle}>
        <span className={on && !live.paused ? 'live-dot live-dot-on' : 'live-dot'} aria-hidden="true" />
        {t.live.live}
      </button>
    </>
  );
}
