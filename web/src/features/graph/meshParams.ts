import { carriedParams } from '../../app/location';

/** What goes along from one page of the mesh to the next: what is carried everywhere, and how far back its numbers go. */
export function meshParams(params: URLSearchParams): URLSearchParams {
  const next = carriedParams(params);
  const duration = params.get('duration');
  if (duration !== null) {
    next.set('duration', duration);
  }
  return next;
}
