//! What the page makes of a server that is busy, gone, or refuses.

use crate::support::drawing::{Pointer, draw};

use super::{PLANE, PRETRAINED, assert_clean, open, settle, text, wait_for};

#[test]
fn troubles_are_reported_in_words_and_pass() {
    let Some((mut browser, server)) = open(PRETRAINED, &[]) else {
        return;
    };
    // A server that has too much to do, for once.
    browser.evaluate(
        "window.honest = window.fetch; window.fetch = async () => { window.fetch = window.honest; \
         return new Response('{}', {status: 503, headers: {'Retry-After': '1'}}); }",
    );
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    wait_for(
        &mut browser,
        "document.getElementById('problem').textContent.includes('too much to do')",
    );
    settle(&mut browser);
    assert_eq!(text(&mut browser, "problem"), "");
    assert!(text(&mut browser, "answer").starts_with('3'));
    assert_clean(&browser, &server);

    // One that is gone, and comes back.
    browser.network(false);
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    wait_for(
        &mut browser,
        "document.getElementById('problem').textContent.includes('does not answer')",
    );
    assert_eq!(
        browser.evaluate("document.getElementById('results').matches('.stale')"),
        true
    );
    browser.network(true);
    settle(&mut browser);
    assert_eq!(text(&mut browser, "problem"), "");
    assert_eq!(
        browser.evaluate("document.getElementById('results').matches('.stale')"),
        false
    );
}

#[test]
fn what_the_server_refuses_is_reported() {
    let Some((mut browser, _server)) = open(PRETRAINED, &["--max-pixels", "100"]) else {
        return;
    };
    draw(&mut browser, Pointer::Mouse, 3, [0.2, 0.15, 0.7]);
    settle(&mut browser);
    let problem = text(&mut browser, "problem");
    assert!(
        problem.starts_with("The server refuses:") && problem.contains("100"),
        "{problem}"
    );
    browser.click("#clear");
    assert_eq!(text(&mut browser, "problem"), "");
}

#[test]
fn nothing_runs_that_is_not_the_pages_own() {
    let Some((mut browser, _server)) = open(PLANE, &[]) else {
        return;
    };
    let tried = "(() => { const script = document.createElement('script'); script.textContent = 'window.foreign = 1'; \
        document.body.append(script); return typeof window.foreign; })()";
    assert_eq!(browser.evaluate(tried), "undefined");
}
