import { useQuery } from '@tanstack/react-query';
import { queryInstant } from '../../api/metrics';
import { usePreferences } from '../../app/preferences';
import { formatCount, formatPercent } from '../../model/format';
import { quote } from '../../model/query';

interface StandingProps {
  service: string;
  name: string;
  kind: string;
  startMs: number;
  durationNs: number;
}

const aroundMs = 30 * 60_000;
/** Of fewer spans a share says nothing. */
const leastSpans = 20;

/** How a span's duration stands among those of its operation in the hour around it: "slower than 97 % of 1,240 like it". */
export function Standing({ service, name, kind, startMs, durationNs }: StandingProps) {
  const { t, lang } = usePreferences();
  const result = useQuery({
    queryKey: ['standing', service, name, kind, Math.round(startMs / 60_000), durationNs],
    queryFn: async ({ signal }) => {
      const like = `resource.service.name = ${quote(service)} && name = ${quote(name)} && kind = ${kind}`;
      const window = { startMs: startMs - aroundMs, endMs: Math.min(Date.now(), startMs + aroundMs) };
      const count = async (condition: string) => (await queryInstant(`{ ${condition} } | count_over_time()`, window, signal)).series[0]?.values[0] ?? 0;
      const [all, quicker] = await Promise.all([count(like), count(`${like} && duration < ${Math.round(durationNs)}ns`)]);
      return { all, quicker };
    },
  });
  if (result.data === undefined) {
    // The line is there from the beginning, so that nothing moves when it is known.
    return <span className="sub">{result.error === null ? '\u00a0' : '–'}</span>;
  }
  const { all, quicker } = result.data;
  if (all < leastSpans) {
    return <span className="sub num">{t.span.fewLike(formatCount(all, lang))}</span>;
  }
  return <span className="sub num">{t.span.standing(formatPercent(Math.min(1, quicker / all), lang), formatCount(all, lang))}</span>;
}
