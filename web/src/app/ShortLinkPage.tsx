import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { resolveLink } from '../api/saved';
import { carriedParams, currentPlace, navigate } from './location';
import { NotFoundPage } from './NotFoundPage';

/** `/s/…`: goes to the address that the short name stands for. */
export function ShortLinkPage({ id }: { id: string }) {
  const result = useQuery({ queryKey: ['link', id], queryFn: ({ signal }) => resolveLink(id, signal) });
  const path = result.data;
  useEffect(() => {
    if (path?.startsWith('/')) {
      const [pathname, query = ''] = path.split('?', 2);
      const params = new URLSearchParams(query);
      carriedParams(currentPlace().params).forEach((value, key) => params.set(key, value));
      navigate(pathname, params, 'replace');
    }
  }, [path]);
  return result.error === null ? <div className="page-placeholder" /> : <NotFoundPage path={`/s/${id}`} />;
}
