import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { ApiError } from '../../api/client';
import { usePreferences } from '../../app/preferences';
import { errorPosition } from '../../model/query';
import { parseTraceReference } from '../../model/ids';
import { tokenize } from '../../model/traceql';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { TimePicker } from './TimePicker';

interface QueryBarProps {
  view: SearchView;
  error: ApiError | null;
  busy: boolean;
  onChange(next: Partial<SearchView>): void;
}

/** The one text field of the page: TraceQL, or a trace id in any form. Enter asks; Shift+Enter writes a second line. */
export function QueryBar({ view, error, busy, onChange }: QueryBarProps) {
  const { t } = usePreferences();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(view.query);
  const [scroll, setScroll] = useState(0);
  // Quick filters, links and the back button change the query under the field.
  useEffect(() => setDraft(view.query), [view.query]);

  const submit = () => onChange({ query: draft.trim() });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'Enter' && (!event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === 'Escape') {
      field.current?.blur();
    }
  };
  const rows = Math.min(6, draft.split('\n').length);
  const isReference = draft.trim() !== '' && parseTraceReference(draft) !== null;
  const position = error !== null && draft.trim() === view.query.trim() ? errorPosition(error.message) : null;
  return (
    <div className="query-bar" role="search">
      <div className={error === null ? 'query-field' : 'query-field query-field-failed'}>
        <span className="query-icon">
          <Icon name="search" />
        </span>
        {!isReference && <Colours text={draft} scroll={scroll} />}
        <textarea
          ref={field}
          onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
          data-primary-search
          className={isReference ? 'query-input' : 'query-input query-input-coloured'}
          aria-label={t.search.queryLabel}
          aria-invalid={error !== null}
          placeholder={t.search.queryPlaceholder}
          rows={rows}
          value={draft}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {position !== null && <ErrorMark draft={draft} line={position.line} column={position.column} />}
        {isReference && <span className="query-hint">{t.search.opensTrace}</span>}
      </div>
      <TimePicker range={view.range} onChange={(range) => onChange({ range })} />
      <button type="button" className="button button-primary query-run" aria-busy={busy} onClick={submit}>
        {isReference ? t.search.open : t.search.run}
      </button>
    </div>
  );
}

/** The same text in colours, behind the field whose own letters are transparent. */
function Colours({ text, scroll }: { text: string; scroll: number }) {
  const parts: { text: string; kind: string }[] = [];
  let at = 0;
  for (const token of tokenize(text)) {
    parts.push({ text: text.slice(at, token.start), kind: '' }, { text: text.slice(token.start, token.end), kind: token.class });
    at = token.end;
  }
  return (
    <div className="query-colours" aria-hidden="true">
      <pre style={{ transform: `translateY(${-scroll}px)` }}>
        {parts.map((part, index) => (
          <span key={index} data-token={part.kind}>
            {part.text}
          </span>
        ))}
        {text.slice(at)}
      </pre>
    </div>
  );
}

/** A wavy line under the character that the server stopped at. The field has a monospaced face, so a column is a number of `ch`. */
function ErrorMark({ draft, line, column }: { draft: string; line: number; column: number }) {
  const text = draft.split('\n')[line - 1] ?? '';
  const at = Math.min(column - 1, Math.max(0, text.length));
  const width = Math.max(1, /^[\w.":-]*/.exec(text.slice(at))?.[0].length ?? 1);
  return <span className="query-error-mark" aria-hidden="true" style={{ left: `${at}ch`, top: `${line}lh`, width: `${width}ch` }} />;
}
