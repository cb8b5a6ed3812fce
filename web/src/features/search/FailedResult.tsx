import type { ApiError } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { looksLikeService, quote } from '../../model/query';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';

interface FailedResultProps {
  error: ApiError;
  query: string;
  onRetry(): void;
  onChange(next: Partial<SearchView>): void;
}

/** Says what went wrong in the server's own words; a mistake in the query is the asker's to mend, everything else can be tried again. */
export function FailedResult({ error, query, onRetry, onChange }: FailedResultProps) {
  const { t } = usePreferences();
  const suggestion = error.status === 400 && looksLikeService(query) ? `{ resource.service.name = ${quote(query.trim())} }` : null;
  return (
    <div className="notice notice-error" role="alert">
      <Icon name="error" size={20} />
      <div>
        <h2>{error.status === 0 ? t.search.unreachable : error.status === 400 ? t.search.badQuery : t.search.failed}</h2>
        <p className="mono notice-message">{error.message}</p>
        {suggestion !== null ? (
          <button type="button" className="button" onClick={() => onChange({ query: suggestion })}>
            {t.search.didYouMean} <code>{suggestion}</code>
          </button>
        ) : (
          error.status !== 400 && (
            <button type="button" className="button" onClick={onRetry}>
              <Icon name="refresh" size={14} />
              {t.common.retry}
            </button>
          )
        )}
      </div>
    </div>
  );
}
