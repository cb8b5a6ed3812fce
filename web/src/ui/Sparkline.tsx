/** A small line of values, without an axis: the number beside it says how much, this says when. */
export function Sparkline({ values, width = 120, height = 22, tone = 'plain' }: { values: readonly number[]; width?: number; height?: number; tone?: 'plain' | 'error' }) {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (values.length === 0 || most === 0) {
    return <svg className="sparkline" width={width} height={height} aria-hidden="true" />;
  }
  const x = (i: number) => ((values.length === 1 ? 0.5 : i / (values.length - 1)) * (width - 2) + 1).toFixed(1);
  const y = (value: number) => (height - 2 - (value / most) * (height - 4)).toFixed(1);
  const line = values.map((value, i) => `${x(i)} ${y(value)}`).join('L');
  return (
    <svg className="sparkline" data-tone={tone} width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path className="sparkline-area" d={`M${x(0)} ${height - 2}L${line}L${x(values.length - 1)} ${height - 2}Z`} />
      <path className="sparkline-line" d={`M${line}`} />
    </svg>
  );
}
