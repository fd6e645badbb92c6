//! Pure: requests as bytes.

use super::manager::Manager;

/// Writes requests, always into the same buffer.
#[derive(Debug)]
pub(super) struct Request {
    /// What stands between the path and what is special in a request.
    common: String,
    base: String,
    bytes: Vec<u8>,
}

impl Request {
    /// `authorization`: the header's value; empty: none.
    pub(super) fn to(manager: &Manager, authorization: &str) -> Self {
        let mut common = format!(
            " HTTP/1.1\r\nHost: {}\r\nUser-Agent: Farandole-stress\r\n",
            manager.host
        );
        if !authorization.is_empty() {
            common.extend(["Authorization: ", authorization, "\r\n"]);
        }
        Self {
            common,
            base: manager.base.clone(),
            bytes: Vec::new(),
        }
    }

    /// Asks for something.
    pub(super) fn get(&mut self, path: &str) -> &[u8] {
        self.begin("GET ", path, "");
        self.add(&["\r\n"])
    }

    /// Sends JSON; empty: nothing, but says so. `headers` are whole lines.
    pub(super) fn post(&mut self, path: &str, headers: &str, body: &str) -> &[u8] {
        self.begin("POST ", path, headers);
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/json\r\n"
        };
        self.add(&[
            kind,
            "Content-Length: ",
            &body.len().to_string(),
            "\r\n\r\n",
            body,
        ])
    }

    fn begin(&mut self, method: &str, path: &str, headers: &str) {
        self.bytes.clear();
        for part in [method, &self.base, path, &self.common, headers] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
    }

    fn add(&mut self, parts: &[&str]) -> &[u8] {
        for part in parts {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_whole() {
        let manager = Manager {
            address: ([127, 0, 0, 1], 80).into(),
            host: "h:80".to_owned(),
            base: "/sub".to_owned(),
        };
        let mut request = Request::to(&manager, "Basic eA==");
        assert_eq!(
            str::from_utf8(request.post("/a", "X: y\r\n", "{}")).unwrap(),
            "POST /sub/a HTTP/1.1\r\nHost: h:80\r\nUser-Agent: Farandole-stress\r\nAuthorization: Basic eA==\r\nX: y\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
        assert_eq!(
            str::from_utf8(Request::to(&manager, "").get("/b")).unwrap(),
            "GET /sub/b HTTP/1.1\r\nHost: h:80\r\nUser-Agent: Farandole-stress\r\n\r\n"
        );
    }
}
