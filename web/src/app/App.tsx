import { lazy, Suspense } from 'react';
import { SearchPage } from '../features/search/SearchPage';
import { usePlace } from './location';
import { NotFoundPage } from './NotFoundPage';
import { Shell } from './Shell';

const TracePage = lazy(() => import('../features/trace/TracePage').then((m) => ({ default: m.TracePage })));

export function App() {
  const { path } = usePlace();
  return (
    <Shell>
      <Suspense fallback={<div className="page-placeholder" />}>{page(path)}</Suspense>
    </Shell>
  );
}

function page(path: string) {
  if (path === '/' || path === '/search') {
    return <SearchPage />;
  }
  const trace = /^\/trace\/([0-9a-fA-F]{1,32})\/?$/.exec(path);
  if (trace) {
    const traceId = trace[1].toLowerCase().padStart(32, '0');
    return <TracePage key={traceId} traceId={traceId} />;
  }
  return <NotFoundPage path={path} />;
}
