/** The name of this page: the same after a reload, another one in every other tab or window. */

const KEY = "cordboard.page";
/** A page that is being reloaded gives its name free within milliseconds; one that is open elsewhere never does. */
const FREE_WITHIN_MS = 500;

/** A tab that was duplicated has a copy of the other's storage, so the name is held by a lock while the page lives. */
export async function claimPageName(): Promise<string> {
  const name = stored() ?? newName();
  const mine = (await hold(name)) ? name : newName();
  if (mine !== name) await hold(mine);
  store(mine);
  return mine;
}

function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hold(name: string): Promise<boolean> {
  if (navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks
      .request(`${KEY}.${name}`, { signal: AbortSignal.timeout(FREE_WITHIN_MS) }, () => {
        resolve(true);
        return new Promise(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(name: string): void {
  try {
    sessionStorage.setItem(KEY, name);
  } catch {
    // Without storage a reloaded page is another one, and asks to take over.
  }
}
