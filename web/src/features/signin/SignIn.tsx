import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { beginSession } from '../../api/session';
import { usePreferences } from '../../app/preferences';
import { Icon } from '../../ui/Icon';
import './signin.css';

/** Stands in the place of every page while the server asks for a token. What the address says is shown once it has one. */
export default function SignIn({ ended, onDone }: { ended: boolean; onDone(): void }) {
  const { t } = usePreferences();
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [state, setState] = useState<'ready' | 'asking' | { failed: string }>('ready');
  useEffect(() => {
    document.title = t.signIn.title;
  }, [t]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState('asking');
    try {
      if (await beginSession(token)) {
        // What was refused is asked anew.
        void client.resetQueries();
        onDone();
      } else {
        setState({ failed: t.signIn.refused });
      }
    } catch (error) {
      setState({ failed: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <form className="notice-page sign-in" onSubmit={(event) => void submit(event)}>
      <h1>{ended ? t.signIn.ended : t.signIn.heading}</h1>
      <p>{t.signIn.lead}</p>
      <label>
        {t.signIn.token}
        <input className="field mono" type="password" autoComplete="current-password" autoFocus value={token} aria-invalid={typeof state === 'object'} aria-describedby="sign-in-failed" onChange={(event) => setToken(event.target.value)} />
      </label>
      <p id="sign-in-failed" className="sign-in-failed" role="alert">
        {typeof state === 'object' && (
          <>
            <Icon name="error" size={14} /> {state.failed}
          </>
        )}
      </p>
      <button type="submit" className="button button-primary" aria-busy={state === 'asking'} disabled={token === '' || state === 'asking'}>
        {t.signIn.submit}
      </button>
    </form>
  );
}
