import { useEffect, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { Icon } from '../../ui/Icon';
import { useTrace } from './session';
import './trace.css';
import { TraceViewer } from './TraceViewer';

/** A trace from a file: chosen, or dropped on the page. It is read here and sent nowhere. */
export function ImportPage() {
  const { t } = usePreferences();
  const [text, setText] = useState<string | null>(null);
  const read = async (file: File | undefined) => {
    if (file !== undefined) {
      setText(await file.text());
    }
  };
  useEffect(() => {
    document.title = t.imports.title;
  }, [t]);
  if (text !== null) {
    return <Imported key={text.length} text={text} onAgain={() => setText(null)} />;
  }
  return (
    <div
      className="notice-page"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void read(event.dataTransfer.files[0]);
      }}
    >
      <h1>{t.imports.heading}</h1>
      <p>{t.imports.lead}</p>
      <label className="button button-primary import-button">
        <Icon name="upload" size={14} />
        {t.imports.choose}
        <input type="file" className="visually-hidden" accept=".json,.jsonl,.ndjson,application/json" onChange={(event) => void read(event.target.files?.[0])} />
      </label>
    </div>
  );
}

function Imported({ text, onAgain }: { text: string; onAgain(): void }) {
  const { t } = usePreferences();
  const state = useTrace({ text }, 0);
  if (state.kind === 'loading') {
    return <div className="page-placeholder" />;
  }
  if (state.kind === 'ready') {
    return <TraceViewer session={state.session} onReload={onAgain} />;
  }
  return (
    <div className="notice-page">
      <div className="notice notice-error" role="alert">
        <Icon name="error" size={20} />
        <div>
          <p>{t.imports.unreadable(state.kind === 'missing' ? t.imports.nothing : state.message)}</p>
          <button type="button" className="button" onClick={onAgain}>
            {t.imports.choose}
          </button>
        </div>
      </div>
    </div>
  );
}
