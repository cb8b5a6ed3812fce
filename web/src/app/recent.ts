const key = 'clew.recent';
const limit = 30;

/** Queries asked on this browser before, newest first. */
export function recentQueries(): string[] {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((q): q is string => typeof q === 'string').slice(0, limit) : [];
  } catch {
    return [];
  }
}

export function rememberQuery(query: string): void {
  const text = query.trim();
  if (text === '' || /^\{\s*\}$/.test(text)) {
    return;
  }
  try {
    window.localStorage.setItem(key, JSON.stringify([text, ...recentQueries().filter((q) => q !== text)].slice(0, limit)));
  } catch {
    // Storage may be switched off; then there is no history.
  }
}
