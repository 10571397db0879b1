"""A real OpenID provider (tests/oidc/), and a browser that goes there and back."""
import http.client
import json
import os
import shutil
import ssl
import urllib.parse

from .process import TOP, Process, StackError, free_port, run, wait_for

FOLDER = os.path.join(TOP, "tests", "oidc")


def missing():
    """Why there can be no provider here; None if there can. `./dev check` installs what it needs."""
    if not shutil.which("node"):
        return "nodejs is not installed"
    if not os.path.isdir(os.path.join(FOLDER, "node_modules", "oidc-provider")):
        return "tests/oidc/node_modules is not there: npm ci in tests/oidc (./dev check does it where the npm registry can be reached)"
    return None


class OidcProvider:
    """One issuer at https://127.0.0.1:port, with the certificate of a region."""

    def __init__(self, folder, certificate, key, ca, clients, **settings):
        os.makedirs(folder, exist_ok=True)
        self.port, self.ca, self.context = free_port(), ca, None
        self.issuer = f"https://127.0.0.1:{self.port}"
        self.settings = {"issuer": self.issuer, "port": self.port, "cert": certificate, "key": key, "clients": clients, **settings}
        self.config = os.path.join(folder, "provider.json")
        self.process = Process("oidc-provider", ["node", os.path.join(FOLDER, "provider.mjs"), self.config],
                               os.path.join(folder, "provider.log"))

    def start(self):
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump(self.settings, file)
        self.context = ssl.create_default_context(cafile=self.ca)
        self.process.start()
        wait_for(self.is_ready, "the OpenID provider to be ready")
        return self

    def is_ready(self):
        self.process.must_run()
        try:
            return self.request("GET", "/.well-known/openid-configuration").status == 200
        except OSError:
            return False

    def request(self, method, path, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.context)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    def tamper(self, **how):
        """From now on its ID tokens are these (provider.mjs); without arguments: good ones."""
        assert self.request("POST", "/control", json.dumps({"tamper": how or None})).status == 200

    def stop(self):
        return self.process.stop()


class Page:
    """What a browser got."""

    def __init__(self, url, answer):
        self.url, self.status, self.headers = url, answer.status, dict(answer.getheaders())
        self.cookies = answer.headers.get_all("Set-Cookie") or []
        self.body = answer.read().decode()

    def json(self):
        return json.loads(self.body)


class Browser:
    """Keeps cookies by host and port, follows redirects as far as it is told."""

    def __init__(self, context=None, account=None):
        """account: who logs in at the provider."""
        self.context, self.account, self.jar = context, account, {}

    def get(self, url, accept="text/html"):
        return self.request("GET", url, headers={"Accept": accept})

    def request(self, method, url, body=None, headers=None):
        """One request, no redirect followed."""
        at = urllib.parse.urlsplit(url)
        jar = self.jar.setdefault(at.netloc, {"account": self.account} if self.account and at.scheme == "https" else {})
        connection = (http.client.HTTPSConnection(at.netloc, timeout=60, context=self.context) if at.scheme == "https"
                      else http.client.HTTPConnection(at.netloc, timeout=60))
        cookies = {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())} if jar else {}
        try:
            connection.request(method, at.path + (f"?{at.query}" if at.query else ""), body=body,
                               headers={**cookies, **(headers or {})})
            page = Page(url, connection.getresponse())
        finally:
            connection.close()
        for line in page.cookies:
            name, _, rest = line.partition("=")
            value = rest.split(";")[0]
            ended = "max-age=0" in line.lower() or "expires=thu, 01 jan 1970" in line.lower()
            jar.pop(name, None) if ended or not value else jar.__setitem__(name, value)
        return page

    def follow(self, url, until=lambda url: False, limit=12):
        """Follows redirects until `until` says so of an address, which is then returned, or to the page at their end."""
        for _ in range(limit):
            if until(url):
                return url
            page = self.get(url)
            if page.status not in (302, 303):
                return page
            url = urllib.parse.urljoin(url, page.headers.get("Location") or page.headers["location"])
        raise StackError(f"more than {limit} redirects, the last to {url}")


def with_query(url, **changes):
    """The address with these parameters instead; None removes one."""
    at = urllib.parse.urlsplit(url)
    query = {**dict(urllib.parse.parse_qsl(at.query)), **changes}
    return at._replace(query=urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})).geturl()
