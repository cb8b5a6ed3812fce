import type { GraphEdge, Protocol } from '../../api/graph';

/**
 * The encoding of the traffic animation: density is rate, speed is latency, shape and colour are errors. A dot of a request edge stands for
 * a request a second, a dot of a TCP edge for 20 bytes a second, until a busy edge scales all of its kind down together.
 */
export interface EdgeMotion {
  /** Milliseconds from one dot to the next; Infinity without traffic. */
  delayMs: number;
  /** Edge lengths a second. */
  speed: number;
  errorShare: number;
  isTcp: boolean;
}

const leastDelayMs = 40;
const mostDelayMs = 5000;
const tcpSpeed = 1;
const busyRate = 50;

/** How much slower dots come than one for each unit, so that the busiest edge stays readable. */
export function scaleOf(maxRate: number): number {
  if (maxRate <= busyRate) {
    return 1;
  }
  const threshold = 2 * maxRate;
  const scale = threshold / busyRate;
  return threshold > 100_000 ? scale ** 0.9 : threshold > 1000 ? scale ** 0.95 : scale;
}

export function delayOf(rate: number, scale: number, isTcp: boolean): number {
  if (rate <= 0) {
    return Infinity;
  }
  const unit = isTcp ? 20 : 1;
  return Math.min(mostDelayMs, Math.max(leastDelayMs, (1000 * unit * scale) / rate));
}

/** An edge without a known latency moves as an edge of middle speed, not as a fast one. */
export function speedOf(latencyMs: number | undefined, lengthPx: number): number {
  const share = latencyMs === undefined ? 0.5 : 1 - Math.min(latencyMs, 10_000) / 10_000;
  return (0.1 + 1.9 * share) * (50 / Math.max(lengthPx, 1));
}

export function motions(edges: readonly GraphEdge[], lengthOf: (edge: GraphEdge) => number, latencyOf: (edge: GraphEdge) => number | undefined): Map<string, EdgeMotion> {
  const max = { request: 0, tcp: 0 };
  const kind = (protocol: Protocol) => (protocol === 'tcp' ? 'tcp' : 'request');
  for (const edge of edges) {
    max[kind(edge.protocol)] = Math.max(max[kind(edge.protocol)], edge.rates.rate);
  }
  const scales = { request: scaleOf(max.request), tcp: scaleOf(max.tcp / 20) };
  return new Map(
    edges.map((edge) => {
      const isTcp = edge.protocol === 'tcp';
      const rate = edge.change === 'gone' ? 0 : edge.rates.rate;
      return [
        edge.id,
        {
          delayMs: delayOf(rate, scales[kind(edge.protocol)], isTcp),
          speed: isTcp ? tcpSpeed * (50 / Math.max(lengthOf(edge), 1)) : speedOf(latencyOf(edge), lengthOf(edge)),
          errorShare: isTcp ? 0 : edge.errorPercent / 100,
          isTcp,
        },
      ];
    }),
  );
}

/** Whether the n-th dot of an edge is an error: as many as the share says, at least one in fifty as soon as there are any, in no pattern that the eye finds. */
export function isErrorDot(n: number, seed: number, share: number): boolean {
  if (share <= 0) {
    return false;
  }
  let hash = (n * 0x9e3779b1 + seed) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000 < Math.max(share, 0.02);
}
