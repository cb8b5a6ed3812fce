import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Link } from '../../app/Link';
import { carriedParams, currentPlace, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours, colourVariable } from '../../model/colours';
import { formatDuration, formatPercent, formatRate } from '../../model/format';
import { readSearchView, writeSearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { Sparkline } from '../../ui/Sparkline';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import { TimePicker } from '../search/TimePicker';
import { resolveWindow } from '../search/window';
import { services, type Red } from './data';
import './services.css';

const keys = ['name', 'count', 'errors', 'p50', 'p95', 'p99'] as const;
type Key = (typeof keys)[number];

export function valueOf(row: Red, key: Key): number | string {
  return key === 'errors' ? row.errors / row.count : row[key];
}

/** Every service with its rate, errors and durations. */
export function ServicesPage() {
  const { t, lang } = usePreferences();
  const { params } = usePlace();
  const view = readSearchView(params);
  const [wanted, setWanted] = useState('');
  const sort = keys.find((k) => k === params.get('by')) ?? 'count';
  const result = useQuery({
    queryKey: ['services-red', view.range.from, view.range.to],
    queryFn: async ({ signal }) => {
      const window = await resolveWindow(view.range, signal);
      return { ...(await services(window, signal)), seconds: (window.endMs - window.startMs) / 1000 };
    },
    placeholderData: keepPreviousData,
  });
  useShortcuts({ KeyR: () => void result.refetch() });
  useEffect(() => {
    document.title = t.services.title;
  }, [t]);
  const put = (key: string, value: string) => {
    const place = currentPlace();
    place.params.set(key, value);
    navigate('/services', place.params, 'replace');
  };
  const rows = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    const list = (result.data?.rows ?? []).filter((row) => row.name.toLowerCase().includes(text));
    return list.sort((a, b) => (sort === 'name' ? a.name.localeCompare(b.name) : Number(valueOf(b, sort)) - Number(valueOf(a, sort)) || a.name.localeCompare(b.name)));
  }, [result.data, wanted, sort]);
  const colours = useMemo(() => assignColours((result.data?.rows ?? []).map((row) => row.name)), [result.data]);
  const header = (key: Key, text: string, numeric = true) => (
    <th scope="col" className={numeric ? 'cell-number' : undefined} aria-sort={sort === key ? (key === 'name' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" className="column-sort" aria-pressed={sort === key} data-ascending={sort === key && key === 'name'} onClick={() => put('by', key)}>
        {text}
      </button>
    </th>
  );
  const ranged = writeSearchView({ ...readSearchView(new URLSearchParams()), range: view.range }, carriedParams(params));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t.services.heading}</h1>
        <input type="search" data-primary-search className="field" value={wanted} placeholder={t.services.find} aria-label={t.services.find} onChange={(event) => setWanted(event.target.value)} />
        <button type="button" className="icon-button" onClick={() => void result.refetch()} aria-busy={result.isFetching} aria-label={t.common.refresh} title={t.common.refresh}>
          <Icon name="refresh" />
        </button>
        <TimePicker range={view.range} onChange={(range) => navigate('/services', writeSearchView({ ...view, range }, params))} />
      </header>
      {result.error !== null && !result.isFetching ? (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{result.error.message}</p>
        </div>
      ) : result.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <p className="panel-empty">{result.data.rows.length === 0 ? t.services.none : t.search.noService}</p>
      ) : (
        <div className="panel-scroll" data-stale={result.isPlaceholderData}>
          <table className="panel-table services-table">
            <caption className="visually-hidden">{t.services.heading}</caption>
            <thead>
              <tr>
                {header('name', t.search.service, false)}
                {header('count', t.services.rate)}
                <th scope="col">
                  <span className="visually-hidden">{t.services.rateOverTime}</span>
                </th>
                {header('errors', t.breakdown.errors)}
                <th scope="col">
                  <span className="visually-hidden">{t.services.errorsOverTime}</span>
                </th>
                {header('p50', t.breakdown.p50)}
                {header('p95', t.breakdown.p95)}
                <th scope="col">
                  <span className="visually-hidden">{t.services.p95OverTime}</span>
                </th>
                {header('p99', t.services.p99)}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <Link className="services-link" path={`/services/${encodeURIComponent(row.name)}`} params={ranged}>
                      <span className="dot" style={{ background: colourVariable(colours.get(row.name) ?? 0) }} />
                      {row.name}
                    </Link>
                  </th>
                  <td className="cell-number num">{formatRate(row.count / result.data.seconds, lang)}</td>
                  <td>
                    <Sparkline values={row.rateOverTime} />
                  </td>
                  <td className={row.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(row.errors / row.count, lang)}</td>
                  <td>
                    <Sparkline values={row.errorsOverTime} tone="error" />
                  </td>
                  <td className="cell-number num">{formatDuration(row.p50 * 1e9)}</td>
                  <td className="cell-number num">{formatDuration(row.p95 * 1e9)}</td>
                  <td>
                    <Sparkline values={row.p95OverTime} />
                  </td>
                  <td className="cell-number num">{formatDuration(row.p99 * 1e9)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
