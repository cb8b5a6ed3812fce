import { useQuery } from '@tanstack/react-query';
import { getDoctor, type Finding } from '../../api/graph';
import { usePreferences } from '../../app/preferences';
import type { Catalogue } from '../../i18n';

/** The checks of "why is it empty?", each with what to do. */
export function Doctor({ request }: { request: URLSearchParams }) {
  const { t } = usePreferences();
  const answer = useQuery({ queryKey: ['graph-doctor', request.toString()], queryFn: ({ signal }) => getDoctor(request, signal), retry: false });
  return (
    <ul className="graph-doctor" aria-label={t.graph.doctorTitle}>
      {(answer.data ?? []).map((finding, index) => (
        <li key={index} className={`graph-finding graph-finding-${finding.state}`}>
          <span className="graph-finding-sign" aria-hidden="true">
            {finding.state === 'ok' ? '✓' : finding.state === 'warning' ? '~' : '!'}
          </span>
          <span>
            <span className="visually-hidden">{t.graph[`state_${finding.state}`]}: </span>
            {sentence(t, finding)}
          </span>
        </li>
      ))}
      {answer.isError && <li className="graph-finding graph-finding-problem">{answer.error.message}</li>}
    </ul>
  );
}

/** The UI's own words for a finding; the server's where it has one that this UI does not know. */
function sentence(t: Catalogue, finding: Finding): string {
  const text = (t.graph as Record<string, unknown>)[`finding_${finding.code}`];
  return typeof text === 'function' ? (text as (subject: string) => string)(finding.subject) : typeof text === 'string' ? text : finding.text;
}
