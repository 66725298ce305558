//! Who may ask: the names by which clients call the server, and the pages of other origins that may use it.
//!
//! A page in a browser may send requests to any address, also to a server that only its own machine reaches. The
//! same-origin policy keeps it from reading the answers, unless its own name is made to point to that address (DNS
//! rebinding): then the `Host` header tells, which still has the page's name.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// What pages of other origins may send.
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static("accept, content-type");
/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Who may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether clients may call the server by any name, as is needed where it is reached through a network.
    pub any_host: bool,
    /// Names of the server besides `localhost` and addresses of this machine.
    pub hosts: Vec<String>,
    /// Origins such as `https://example.org` whose pages may read the answers; `*` for all.
    pub origins: Vec<String>,
}

impl Access {
    /// Checks the name by which a request calls the server.
    pub(super) fn check(&self, request: &Request) -> Result<(), Problem> {
        if self.any_host {
            return Ok(());
        }
        let named = match request.uri().authority() {
            Some(authority) => Some(authority.as_str()),
            None => match request.headers().get(header::HOST) {
                Some(host) => Some(host.to_str().unwrap_or("?")),
                None => return Ok(()), // no browser
            },
        };
        match named {
            Some(named) if !self.is_own(named) => Err(Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "the request is for {named:?}, which is none of this server's names; --allow-host adds one"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn is_own(&self, named: &str) -> bool {
        let Ok(authority) = named.parse::<Authority>() else {
            return false;
        };
        let host = authority.host().trim_end_matches('.');
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
        let mut own = self.hosts.iter().map(String::as_str).chain(["localhost"]);
        is_loopback || own.any(|name| name.eq_ignore_ascii_case(host))
    }

    /// Answers what a browser asks before it lets a page of another origin send a request; `None` for other requests.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight || self.origin(headers).is_none() {
            return None;
        }
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ];
        Some((StatusCode::NO_CONTENT, allowed).into_response())
    }

    /// Returns the value of `Access-Control-Allow-Origin` for a request, if its page may read the answer.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let is_allowed =
            |allowed: &String| allowed == "*" || allowed.as_bytes() == origin.as_bytes();
        self.origins.iter().any(is_allowed).then(|| origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let mut builder = Request::builder().uri(target);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let access = Access {
            hosts: vec!["models.example.org".to_owned()],
            ..Access::default()
        };
        for own in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.:1",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "Models.Example.org:443",
        ] {
            assert!(
                access.check(&request("/", &[("host", own)])).is_ok(),
                "{own}"
            );
        }
        for other in [
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "192.168.1.2:8080",
            "a b",
            "",
        ] {
            assert!(
                access.check(&request("/", &[("host", other)])).is_err(),
                "{other}"
            );
        }
        assert!(access.check(&request("/", &[])).is_ok());
        // The name in the target of a request goes before the header.
        let rebound = request("http://example.org/v1/model", &[("host", "localhost")]);
        assert!(access.check(&rebound).is_err());
        let open = Access {
            any_host: true,
            ..Access::default()
        };
        assert!(open.check(&rebound).is_ok());
    }

    #[test]
    fn origins_are_those_that_were_named() {
        let origin = |origins: &[&str], of: &str| {
            let access = Access {
                origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
                ..Access::default()
            };
            access.origin(request("/", &[("origin", of)]).headers())
        };
        let page = "https://example.org";
        assert_eq!(origin(&[], page), None);
        assert_eq!(origin(&["https://example.org:8443"], page), None);
        assert_eq!(
            origin(&["http://localhost:3000", page], page).unwrap(),
            page
        );
        assert_eq!(origin(&["*"], "null").unwrap(), "null");
    }
}
