import { Link } from './Link';
import { carriedParams, usePlace } from './location';
import { usePreferences } from './preferences';

export function NotFoundPage({ path }: { path: string }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  return (
    <div className="notice-page">
      <h1>{t.app.noPage}</h1>
      <p>
        <code>{path}</code>
      </p>
      <Link className="button button-primary" path="/" params={carriedParams(params)}>
        {t.app.toSearch}
      </Link>
    </div>
  );
}
