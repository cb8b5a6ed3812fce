import { usePreferences } from '../../app/preferences';
import { durations } from '../../model/graph/graphView';
import type { MeshView } from './useMeshPage';

/** How far back the numbers of a page go. */
export function DurationChoice({ view, update }: { view: MeshView; update(change: Partial<MeshView>): void }) {
  const { t } = usePreferences();
  return (
    <label className="graph-choice">
      <span>{t.graph.duration}</span>
      <select className="field mesh-duration" value={view.duration} onChange={(event) => update({ duration: event.target.value })}>
        {durations.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
