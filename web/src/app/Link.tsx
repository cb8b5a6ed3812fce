import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { href, navigate } from './location';

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { path: string; params: URLSearchParams };

/** A real anchor (middle click and copying work) that changes the page without loading it anew. */
export function Link({ path, params, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (!event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      navigate(path, params);
    }
  };
  return <a href={href(path, params)} onClick={follow} {...rest} />;
}
