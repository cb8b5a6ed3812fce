import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteSearch, savedSearches, saveSearch, shorten } from '../../api/saved';
import { carriedParams, currentPlace, href, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

const reader = ['lang', 'theme', 'tz', 'tenant', 'embed', 'hide'];

/** Saved searches of the tenant, and a short link to what is on the page. */
export function SaveMenu({ query }: { query: string }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const [link, setLink] = useState('');
  const saved = useQuery({ queryKey: ['saved'], queryFn: ({ signal }) => savedSearches(signal), enabled: open });
  const attempt = async (action: () => Promise<void>) => {
    setProblem('');
    try {
      await action();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const state = () => {
    const own = new URLSearchParams(params);
    for (const key of reader) {
      own.delete(key);
    }
    return own.toString();
  };
  const save = () =>
    attempt(async () => {
      await saveSearch(name.trim() === '' ? query || t.saved.everything : name.trim(), query, state());
      setName('');
      await client.invalidateQueries({ queryKey: ['saved'] });
    });
  return (
    <span className="query-add">
      <button type="button" className="icon-button" aria-haspopup="dialog" aria-expanded={open} aria-label={t.saved.title} title={t.saved.title} onClick={() => setOpen(!open)}>
        <Icon name="star" />
      </button>
      <Popover open={open} onClose={() => setOpen(false)} label={t.saved.title} align="end">
        <div className="condition-editor">
          <form
            className="time-text-row"
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
          >
            <input className="field" value={name} placeholder={t.saved.name} aria-label={t.saved.name} autoFocus onChange={(event) => setName(event.target.value)} />
            <button type="submit" className="button button-primary">
              {t.saved.save}
            </button>
          </form>
          <ul className="column-list saved-list">
            {(saved.data ?? []).map((s) => (
              <li key={s.id}>
                <button
                  type="button"
                  className="inline-button"
                  title={s.query}
                  onClick={() => {
                    setOpen(false);
                    const target = carriedParams(currentPlace().params);
                    new URLSearchParams(s.state === '' ? { q: s.query } : s.state).forEach((value, key) => target.append(key, value));
                    navigate('/', target);
                  }}
                >
                  {s.name}
                </button>
                <button
                  type="button"
                  className="icon-button"
                  aria-label={t.saved.remove(s.name)}
                  title={t.saved.remove(s.name)}
                  onClick={() =>
                    void attempt(async () => {
                      await deleteSearch(s.id);
                      await client.invalidateQueries({ queryKey: ['saved'] });
                    })
                  }
                >
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
          {saved.data?.length === 0 && <p className="sub">{t.saved.none}</p>}
          {(problem !== '' || saved.error !== null) && (
            <p className="time-problem" role="alert">
              {problem === '' ? saved.error?.message : problem}
            </p>
          )}
          <div className="saved-link">
            {link === '' ? (
              <button
                type="button"
                className="button"
                onClick={() =>
                  void attempt(async () => {
                    const place = currentPlace();
                    setLink(window.location.origin + (await shorten(href(place.path, new URLSearchParams(state())))));
                  })
                }
              >
                <Icon name="link" size={14} />
                {t.saved.shorten}
              </button>
            ) : (
              <>
                <input className="field mono" readOnly value={link} aria-label={t.saved.shortLink} onFocus={(event) => event.target.select()} />
                <CopyButton text={link} label={t.saved.copyLink} />
              </>
            )}
          </div>
        </div>
      </Popover>
    </span>
  );
}
