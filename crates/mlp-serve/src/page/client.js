/* Questions to the server, one at a time: of those that wait, the newest wins. A question is { path, type, body },
   its body a function, so that nothing is prepared that is not sent. `answered` is told what the server said,
   `refused` why it will not answer, `failed` why it does not for now, `busy` whether there are questions without an
   answer. */
function questions({ answered, refused, failed, busy }) {
  const PATIENCE = 10_000; /* milliseconds until the server counts as gone */
  const PAUSE = 30; /* milliseconds between two questions */
  const LONGEST_WAIT = 8; /* seconds before it is asked again, after 1, 2 and 4 */
  let wanted = null;
  let drops = 0;
  let isRunning = false;

  const sleep = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const inWords = seconds => seconds === 1 ? "a second" : `${seconds} seconds`;

  /* Why there is no answer, and whether it is worth asking again. */
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
    /* Asks, instead of what waits. */
    ask(question) {
      wanted = question;
      if (!isRunning) run();
    },
    /* Nothing that was asked is wanted any more. */
    drop() {
      wanted = null;
      drops += 1;
    },
  };
}
