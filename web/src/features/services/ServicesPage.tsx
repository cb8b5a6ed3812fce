import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { ServiceRow } from '../../api/generated';
import { services } from '../../api/services';
import { Link } from '../../app/Link';
import { carriedParams, currentPlace, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { assignColours, colourVariable } from '../../model/colours';
import { readSearchView, writeSearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import { TimePicker } from '../search/TimePicker';
import { resolveWindow } from '../search/window';
import { RedTable, sorted, sortKeys, type SortKey } from './RedTable';
import './services.css';

const none: readonly ServiceRow[] = [];

/** Every service with its rate, errors and durations. */
export function ServicesPage() {
  const { t } = usePreferences();
  const { params } = usePlace();
  const view = readSearchView(params);
  const [wanted, setWanted] = useState('');
  const sort = sortKeys.find((key) => key === params.get('by')) ?? 'rate';
  const result = useQuery({
    queryKey: ['services', view.range.from, view.range.to],
    queryFn: async ({ signal }) => services(await resolveWindow(view.range, signal), signal),
    placeholderData: keepPreviousData,
  });
  useShortcuts({ KeyR: () => void result.refetch() });
  useEffect(() => {
    document.title = t.services.title;
  }, [t]);
  const setSort = (key: SortKey) => {
    const place = currentPlace();
    place.params.set('by', key);
    navigate('/services', place.params, 'replace');
  };
  const all = result.data?.services ?? none;
  const rows = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return sorted(all.filter((row) => row.name.toLowerCase().includes(text)), sort);
  }, [all, wanted, sort]);
  const colours = useMemo(() => assignColours(all.map((row) => row.name)), [all]);
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
      {result.data?.incomplete !== undefined && (
        <p className="panel-note" role="status">
          {t.search.incomplete(result.data.incomplete)}
        </p>
      )}
      {result.error !== null && !result.isFetching ? (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{result.error.message}</p>
        </div>
      ) : result.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <p className="panel-empty">{all.length === 0 ? t.services.none : t.search.noService}</p>
      ) : (
        <div className="panel-scroll" data-stale={result.isPlaceholderData}>
          <RedTable
            label={t.services.heading}
            rows={rows}
            nameHeading={t.search.service}
            name={(row) => (
              <Link className="services-link" path={`/services/${encodeURIComponent(row.name)}`} params={ranged}>
                <span className="dot" style={{ background: colourVariable(colours.get(row.name) ?? 0) }} />
                {row.name}
              </Link>
            )}
            sort={sort}
            onSort={setSort}
          />
        </div>
      )}
    </div>
  );
}
