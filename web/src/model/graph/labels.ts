import type { GraphEdge } from '../../api/graph';
import type { EdgeLabel } from './graphView';

/** At most two decimals and no zeros at the end. */
export function short(value: number): string {
  return value === 0 ? '0' : value < 0.01 ? value.toPrecision(1) : String(Math.round(value * 100) / 100);
}

export function rateText(edge: Pick<GraphEdge, 'protocol' | 'rates'>, withUnit: boolean): string {
  if (edge.protocol === 'tcp') {
    return bytesText(edge.rates.rate);
  }
  return withUnit ? `${short(edge.rates.rate)} rps` : short(edge.rates.rate);
}

export function bytesText(perSecond: number): string {
  return perSecond < 1024 ? `${short(perSecond)} bps` : `${short(perSecond / 1024)} kps`;
}

export function timeText(ms: number): string {
  return ms < 1000 ? `${ms < 10 ? short(ms) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function percentText(percent: number): string {
  return percent > 0 && percent < 1 ? `${percent < 0.1 ? percent.toPrecision(1) : percent.toFixed(1)} %` : `${Math.round(percent * 10) / 10} %`;
}

/** The lines beside an edge. */
export function edgeText(edge: GraphEdge, labels: readonly EdgeLabel[]): string[] {
  const parts: string[] = [];
  const several = labels.length > 1;
  for (const label of labels) {
    if (label === 'rate') {
      parts.push(rateText(edge, several));
    } else if (label === 'distribution') {
      if (edge.protocol !== 'tcp' && edge.requestPercent < 99.95) {
        parts.push(percentText(edge.requestPercent));
      }
    } else if (label === 'throughput') {
      if (edge.throughput !== undefined && edge.throughput > 0) {
        parts.push(bytesText(edge.throughput));
      }
    } else {
      const ms = edge.latency?.[label];
      if (ms !== undefined) {
        parts.push(timeText(ms));
      }
    }
  }
  const lines = parts.length > 0 ? [parts.join(' | ')] : [];
  if (labels.includes('rate') && edge.errorPercent > 0) {
    lines.push(`${percentText(edge.errorPercent)} err`);
  }
  return lines;
}
