import { lazy, Suspense } from 'react';
import { SearchPage } from '../features/search/SearchPage';
import { usePlace } from './location';
import { NotFoundPage } from './NotFoundPage';
import { Shell } from './Shell';
import { ShortLinkPage } from './ShortLinkPage';
import { useSignIn } from './useSignIn';

const TracePage = lazy(() => import('../features/trace/TracePage').then((m) => ({ default: m.TracePage })));
const ImportPage = lazy(() => import('../features/trace/ImportPage').then((m) => ({ default: m.ImportPage })));
const DiffPage = lazy(() => import('../features/diff/DiffPage').then((m) => ({ default: m.DiffPage })));
const ServicesPage = lazy(() => import('../features/services/ServicesPage').then((m) => ({ default: m.ServicesPage })));
const ServicePage = lazy(() => import('../features/services/ServicePage').then((m) => ({ default: m.ServicePage })));
const PipelinePage = lazy(() => import('../features/pipeline/PipelinePage').then((m) => ({ default: m.PipelinePage })));
const SettingsPage = lazy(() => import('../features/settings/SettingsPage').then((m) => ({ default: m.SettingsPage })));

const SignIn = lazy(() => import('../features/signin/SignIn'));

const GraphPage = lazy(() => import('../features/graph/GraphPage').then((m) => ({ default: m.GraphPage })));
const MeshListPage = lazy(() => import('../features/mesh/ListPage').then((m) => ({ default: m.ListPage })));
const MeshDetailPage = lazy(() => import('../features/mesh/DetailPage').then((m) => ({ default: m.DetailPage })));

export function App() {
  const { path } = usePlace();
  const signIn = useSignIn();
  if (signIn.state.kind === 'trading') {
    // Nothing is asked before the answer: it would be refused.
    return <div className="page-placeholder" />;
  }
  return (
    <Shell>
      <Suspense fallback={<div className="page-placeholder" />}>
        {signIn.state.kind === 'open' ? page(path) : <SignIn ended={signIn.state.ended} onDone={signIn.done} />}
      </Suspense>
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
  if (path === '/services') {
    return <ServicesPage />;
  }
  const service = /^\/services\/([^/]+)\/?$/.exec(path);
  if (service) {
    const name = decodeURIComponent(service[1]);
    return <ServicePage key={name} service={name} />;
  }
  if (path === '/import') {
    return <ImportPage />;
  }
  if (path === '/diff') {
    return <DiffPage />;
  }
  if (path === '/pipeline') {
    return <PipelinePage />;
  }
  if (path === '/settings') {
    return <SettingsPage />;
  }
  const link = /^\/s\/([\w-]+)$/.exec(path);
  if (link) {
    return <ShortLinkPage id={link[1]} />;
  }
  if (path === '/graph') {
    return <GraphPage />;
  }
  const mesh = /^\/(workloads|mesh-services)(?:\/([^/]+)\/([^/]+))?\/?$/.exec(path);
  if (mesh) {
    const of = mesh[1] === 'workloads' ? 'workload' : 'service';
    return mesh[2] === undefined ? <MeshListPage key={of} of={of} /> : <MeshDetailPage key={path} of={of} namespace={decodeURIComponent(mesh[2])} name={decodeURIComponent(mesh[3])} />;
  }
  return <NotFoundPage path={path} />;
}
