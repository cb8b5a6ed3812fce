import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { savedSearches } from '../../api/saved';
import { tagValues } from '../../api/tags';
import { carriedParams, currentPlace, navigate } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { recentQueries } from '../../app/recent';
import { parseTraceReference } from '../../model/ids';
import { quote } from '../../model/query';
import { Icon, type IconName } from '../../ui/Icon';
import './palette.css';

interface Command {
  key: string;
  icon: IconName;
  text: string;
  note: string;
  run(): void;
}

const shownLimit = 40;

/** Everything that can be gone to, by typing a part of its name: pages, services, saved and recent searches, a trace by its id. */
export default function Palette({ early, onClose }: { early: RefObject<string>; onClose(): void }) {
  const { t, lang, setLang, theme, setTheme } = usePreferences();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const services = useQuery({ queryKey: ['services'], queryFn: ({ signal }) => tagValues('resource.service.name', signal), staleTime: 30_000 });
  const saved = useQuery({ queryKey: ['saved'], queryFn: ({ signal }) => savedSearches(signal), staleTime: 30_000 });
  // Before the next key, which a dialog that is not open would not take. It begins with what was typed until it was there.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    setTyped(early.current);
  }, [early]);

  const commands = useMemo((): Command[] => {
    const go = (path: string, put: Record<string, string> = {}) => () => {
      const params = carriedParams(currentPlace().params);
      for (const [key, value] of Object.entries(put)) {
        params.set(key, value);
      }
      navigate(path, params);
    };
    const reference = parseTraceReference(typed);
    const all: Command[] = [
      { key: 'search', icon: 'search', text: t.app.search, note: t.palette.page, run: go('/') },
      { key: 'services', icon: 'group', text: t.app.services, note: t.palette.page, run: go('/services') },
      { key: 'graph', icon: 'path', text: t.graph.nav, note: t.palette.page, run: go('/graph') },
      { key: 'workloads', icon: 'group', text: t.graph.navWorkloads, note: t.palette.page, run: go('/workloads') },
      { key: 'mesh-services', icon: 'group', text: t.graph.navMeshServices, note: t.palette.page, run: go('/mesh-services') },
      { key: 'pipeline', icon: 'path', text: t.app.pipeline, note: t.palette.page, run: go('/pipeline') },
      { key: 'settings', icon: 'settings', text: t.app.settings, note: t.palette.page, run: go('/settings') },
      { key: 'import', icon: 'upload', text: t.palette.importFile, note: t.palette.page, run: go('/import') },
      { key: 'errors', icon: 'error', text: t.palette.errors, note: t.palette.search, run: go('/', { q: '{ status = error }' }) },
      { key: 'slow', icon: 'clock', text: t.palette.slowest, note: t.palette.search, run: go('/', { sort: 'duration' }) },
      ...(saved.data ?? []).map((s): Command => ({ key: `saved ${s.id}`, icon: 'star', text: s.name, note: s.query, run: go('/', Object.fromEntries(new URLSearchParams(s.state === '' ? { q: s.query } : s.state))) })),
      ...(services.data ?? []).flatMap((name): Command[] => [
        { key: `service ${name}`, icon: 'group', text: name, note: t.palette.service, run: go(`/services/${encodeURIComponent(name)}`) },
        { key: `traces ${name}`, icon: 'search', text: name, note: t.palette.tracesOf, run: go('/', { q: `{ resource.service.name = ${quote(name)} }` }) },
      ]),
      ...recentQueries().map((query): Command => ({ key: `recent ${query}`, icon: 'clock', text: query, note: t.palette.recent, run: go('/', { q: query }) })),
      { key: 'theme', icon: theme === 'dark' ? 'sun' : 'moon', text: theme === 'dark' ? t.palette.light : t.palette.dark, note: t.palette.setting, run: () => setTheme(theme === 'dark' ? 'light' : 'dark') },
      { key: 'language', icon: 'globe', text: t.app.otherLanguage, note: t.palette.setting, run: () => setLang(lang === 'en' ? 'ko' : 'en') },
    ];
    const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((c) => words.every((w) => `${c.text} ${c.note}`.toLowerCase().includes(w)));
    if (reference !== null) {
      found.unshift({ key: 'trace', icon: 'arrowRight', text: reference.traceId, note: t.palette.openTrace, run: go(`/trace/${reference.traceId}`, reference.spanId === undefined ? {} : { span: reference.spanId }) });
    } else if (typed.trim().startsWith('{')) {
      found.unshift({ key: 'query', icon: 'search', text: typed.trim(), note: t.palette.run, run: go('/', { q: typed.trim() }) });
    }
    return found.slice(0, shownLimit);
  }, [typed, services.data, saved.data, t, theme, lang, setLang, setTheme]);

  const run = (command: Command | undefined) => {
    if (command !== undefined) {
      onClose();
      command.run();
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setActive((active + (event.key === 'ArrowDown' ? 1 : commands.length - 1)) % Math.max(1, commands.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(commands[active]);
    }
  };
  return (
    <dialog ref={dialog} className="palette" aria-label={t.palette.title} onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <div className="palette-body">
        <input
          className="palette-input"
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={commands.length > 0 ? `palette-${active}` : undefined}
          aria-label={t.palette.title}
          placeholder={t.palette.placeholder}
          value={typed}
          autoFocus
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul id="palette-list" role="listbox" aria-label={t.palette.title}>
          {commands.map((command, index) => (
            <li
              key={command.key}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === active}
              ref={(element) => {
                if (index === active) {
                  element?.scrollIntoView({ block: 'nearest' });
                }
              }}
              onPointerMove={() => setActive(index)}
              onClick={() => run(command)}
            >
              <Icon name={command.icon} size={14} />
              <span className="palette-text">{command.text}</span>
              <span className="sub palette-note">{command.note}</span>
            </li>
          ))}
          {commands.length === 0 && (
            <li role="presentation" className="sub">
              {t.palette.nothing}
            </li>
          )}
        </ul>
      </div>
    </dialog>
  );
}
