/** Visible window in nanoseconds since the start of the trace. */
export interface Zoom {
  fromNs: number;
  toNs: number;
}

// Below this a bar has no width that means anything: clocks are not better.
const narrowestNs = 100;

/** The window within the trace, never narrower than is useful. */
export function clampZoom(zoom: Zoom, durationNs: number): Zoom {
  const whole = Math.max(1, durationNs);
  const width = Math.min(whole, Math.max(narrowestNs, zoom.toNs - zoom.fromNs));
  const fromNs = Math.max(0, Math.min(whole - width, zoom.fromNs));
  return { fromNs, toNs: fromNs + width };
}

export function isWhole(zoom: Zoom, durationNs: number): boolean {
  return zoom.fromNs <= 0 && zoom.toNs >= durationNs;
}
