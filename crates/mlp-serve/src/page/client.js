/* Requests to the server, one at a time; of those that wait, only the newest is sent. A request is { path, type, body },
   its body a function, so that only what is sent is prepared. `answered` receives the response, `refused` why the request
   was refused, `failed` why it failed for now, `busy` whether there are requests without a response. */
function questions({ answered, refused, failed, busy }) {
  const PATIENCE = 10_000; /* milliseconds until a request times out */
  const PAUSE = 30; /* milliseconds between two requests */
  const LONGEST_WAIT = 8; /* maximum seconds before a retry, after 1, 2 and 4 */
  let wanted = null;
  let drops = 0;
  let isRunning = false;

  const sleep = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const inWords = seconds => seconds === 1 ? "a second" : `${seconds} seconds`;

  /* Returns why a request was refused, and whether a retry may succeed. */
  async function refusal(response) {
    const problem = await response.json().catch(() => ({}));
    const isFull = response.status === 429 || response.status === 503;
    const said = problem.detail || problem.title || `the server answered ${response.status}`;
    return {
      why: isFull ? "The server has too much to do." : `The server refuses: ${said}.`,
      isPassing: isFull || response.status >= 500,
      wait: Number(response.headers.get("Retry-After")) || 0,
    };
  }

  async function attempt({ path, type, body }) {
    const headers = { "Accept": "application/json", ...type && { "Content-Type": type } };
    try {
      const response = await fetch(path, {
        method: body ? "POST" : "GET",
        headers,
        body: await body?.(),
        signal: AbortSignal.timeout(PATIENCE),
      });
      return response.ok ? { said: await response.json() } : await refusal(response);
    } catch {
      return { why: "The server does not answer.", isPassing: true, wait: 0 };
    }
  }

  async function run() {
    isRunning = true;
    busy(true);
    for (let failures = 0; wanted;) {
      const [question, before] = [wanted, drops];
      const { said, why, isPassing, wait } = await attempt(question);
      if (isPassing) {
        const seconds = Math.min(Math.max(wait, 2 ** failures), LONGEST_WAIT);
        failures += 1;
        if (drops === before) failed(`${why} It is asked again in ${inWords(seconds)}.`);
        await sleep(1000 * seconds);
        continue;
      }
      failures = 0;
      if (wanted === question) wanted = null;
      if (drops === before) {
        if (said) answered(said, question); else if (!wanted) refused(why, question);
      }
      if (wanted) await sleep(PAUSE);
    }
    isRunning = false;
    busy(false);
  }

  return {
    /* Sends a request, in place of the one that waits. */
    ask(question) {
      wanted = question;
      if (!isRunning) run();
    },
    /* Drops the waiting request and the response to the current one. */
    drop() {
      wanted = null;
      drops += 1;
    },
  };
}
