/** What a link template may name of a span. */
export interface LinkSource {
  traceId: string;
  spanId: string;
  startMs: number;
  endMs: number;
  span: ReadonlyMap<string, string>;
  resource: ReadonlyMap<string, string>;
}

const place = /\$\{([^{}]+)\}/g;

/**
 * The address that a template gives for a span, every value percent-encoded. Null when the span lacks one of the values, or when the
 * address is not one of the web: `javascript:` and its kind never become a link.
 */
export function fillLink(template: string, source: LinkSource): string | null {
  let missing = false;
  const filled = template.replace(place, (_, name: string) => {
    const value = valueOf(name, source);
    if (value === null || value === '') {
      missing = true;
      return '';
    }
    return encodeURIComponent(value);
  });
  return missing || !isSafe(filled) ? null : filled;
}

function valueOf(name: string, source: LinkSource): string | null {
  switch (name) {
    case 'trace.id':
      return source.traceId;
    case 'span.id':
      return source.spanId;
    case 'time.start':
      return String(Math.floor(source.startMs));
    case 'time.end':
      return String(Math.ceil(source.endMs));
  }
  if (name.startsWith('span.')) {
    return source.span.get(name.slice(5)) ?? null;
  }
  return name.startsWith('resource.') ? (source.resource.get(name.slice(9)) ?? null) : null;
}

/** http, https, or an address on this server. */
function isSafe(address: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(address) || /^\/(?![/\\])/.test(address);
}
