"""The package index as the user's pip is set up: where a file is, and how to download it.

Mirrors, proxies, certificates and credentials hold as they do for pip. Nothing is installed or run.
"""

import ast
import logging
import math
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ATTEMPTS = 3  # of a download that the network breaks off, or that a server is too busy for
PAUSE_S = 1.0  # before the second attempt; twice as long before the third


class DatasetError(RuntimeError):
    """A dataset cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A place that pip looks at: an index (PEP 503) or, for `find-links`, a page or folder of files."""

    url: str
    is_index: bool = True


@dataclass(frozen=True)
class IndexSettings:
    """Where and how pip would download.

    Attributes:
        sources: find-links first (they are mostly local), then index-url, then extra-index-url.
        trusted_hosts: hosts whose certificate is not checked.
        cert, client_cert: paths, or None.
        proxy: URL, or None for what the environment says (HTTPS_PROXY, NO_PROXY).
        timeout: in seconds.
    """

    sources: tuple[Source, ...]
    trusted_hosts: tuple[str, ...] = ()
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    timeout: float = 15.0

    @classmethod
    def from_pip(cls) -> "IndexSettings":
        """The settings of the user's pip: configuration files and PIP_… variables, as `pip config list` merges them.

        Without pip (an environment made by uv, say) the PIP_… variables alone.

        Raises:
            DatasetError: pip cannot read its own configuration, or an option in it makes no sense.
        """
        options = pip_options()
        many = {name: options.get(name, "").split() for name in ("find-links", "extra-index-url", "trusted-host")}
        indexes = [options.get("index-url") or default_index(), *many["extra-index-url"]]
        if options.get("no-index", "").lower() in ("1", "true", "yes", "on"):
            indexes = []
        proxy = options.get("proxy") or None
        return cls(
            sources=(
                *(Source(url, is_index=False) for url in many["find-links"]),
                *map(Source, dict.fromkeys(indexes)),
            ),
            trusted_hosts=tuple(many["trusted-host"]),
            cert=options.get("cert") or None,
            client_cert=options.get("client-cert") or None,
            proxy=f"http://{proxy}" if proxy and "://" not in proxy else proxy,
            timeout=_seconds(options.get("timeout") or options.get("default-timeout") or "15"),
        )


def _seconds(text: str) -> float:
    """pip's timeout."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise DatasetError(f"pip's timeout is {text!r}: it must be a number of seconds (see `pip config list`)")
    return seconds


def default_index() -> str:
    """The URL of the index that is used where nothing is configured: unearth's, and pip's."""
    from unearth import PackageFinder

    return PackageFinder().sources[0]["url"]


def pip_options() -> dict[str, str]:
    """pip's options by their long names, as they hold for a download.

    A section of its own beats [global], a variable both.
    """
    # -P: not the pip.py that may lie in the folder where somebody runs this.
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if "No module named pip" in run.stderr:
        return {
            name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if name.startswith("PIP_")
        }
    if run.returncode:
        said = run.stderr.strip() or run.stdout.strip()
        raise DatasetError(f"`pip config list` fails, so the package index is unknown: {said}")
    options: dict[str, dict[str, str]] = {section: {} for section in ("global", "install", "download", ":env:")}
    for line in run.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in options:
            options[section][name] = ast.literal_eval(value)
    return {name: value for section in options.values() for name, value in section.items()}


class Session:
    """An HTTP session with pip's settings; a context manager."""

    def __init__(self, settings: IndexSettings, progress: bool = False):
        from unearth.auth import MultiDomainBasicAuth

        self.sources, self._trusted_hosts, self._progress = settings.sources, settings.trusted_hosts, progress
        self._settings = settings
        self._client = _client(settings)
        # Credentials come from the URL, .netrc or keyring; nobody sits there to be asked for them.
        indexes = [source.url for source in settings.sources if source.is_index]
        self._client.auth = MultiDomainBasicAuth(prompting=False, index_urls=indexes)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exception) -> None:
        self._client.close()

    def locate(self, source: Source, package: str, filename: str) -> str:
        """The URL of a package's file at `source`.

        Raises:
            DatasetError: it cannot be reached or does not have it.
        """
        from unearth import PackageFinder

        try:
            _ = urlsplit(source.url).port
        except ValueError:  # its text would show a part of the password
            raise DatasetError(
                "this URL cannot be understood: is a '/', '@' or ':' of a password not written as %2F, %40 or %3A?"
            ) from None
        where = {"index_urls" if source.is_index else "find_links": [source.url]}
        # The wheel may be for another platform or Python: we do not install it.
        finder = PackageFinder(self._client, **where, trusted_hosts=self._trusted_hosts, ignore_compatibility=True)

        def find():
            try:
                return list(finder.find_all_packages(package, allow_yanked=True))
            except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
                raise DatasetError(f"its page cannot be read ({type(error).__name__}: {error})") from error

        with _Remarks() as remarks:
            found = self._patiently(find)
        for package in found:
            if package.link.filename == filename:
                return package.link.normalized
        versions = list(dict.fromkeys(str(package.version) for package in found))
        have = (
            f"it has the versions {', '.join(versions[:8])}"
            if versions
            else "; ".join(remarks) or "it does not have the package"
        )
        raise DatasetError(f"no {filename} there: {have}")

    def download(self, url: str, path: Path, label: str, size: int, accept: str = "*/*", resume: bool = False) -> None:
        """Write what is at `url` to `path`, with a progress bar.

        Args:
            size: of the file in bytes; of a longer one no more is read.
            resume: go on after what is in `path` already, where the server can; what has come stays there when the
                network fails.

        Raises:
            DatasetError: the server or the network fails; of the network its cause is httpx2.TransportError.
            OSError: `path` cannot be written.
        """
        from embedviz.datasets.store.transfer import save

        show = None if self._progress else True  # None: only on a terminal
        self._patiently(lambda: save(self._client, url, path, size, accept, resume, {"desc": label, "disable": show}))

    def _patiently(self, action: Callable):
        """Do it again when the network or a busy server was at fault; as a DatasetError when it stays so."""
        import httpx2

        from embedviz.datasets.store.transfer import BUSY

        for attempt in range(ATTEMPTS):
            last = attempt + 1 == ATTEMPTS
            try:
                return action()
            except httpx2.HTTPStatusError as error:
                code = error.response.status_code
                if last or code not in BUSY:
                    raise DatasetError(f"the server answers {code} {error.response.reason_phrase}") from error
            except httpx2.TransportError as error:
                if last:
                    why = f"{error or type(error).__name__}{_in_force(self._settings, str(error))}"
                    raise DatasetError(f"the network fails after {ATTEMPTS} attempts: {why}") from error
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                raise DatasetError(str(error)) from error
            time.sleep(PAUSE_S * 2**attempt)


def _client(settings: IndexSettings):
    """An HTTP client; DatasetError names the setting that stands in its way."""
    import httpx2

    from embedviz.datasets.store.transfer import GuardedClient

    try:
        where = "capath" if settings.cert and os.path.isdir(settings.cert) else "cafile"
        verify = ssl.create_default_context(**{where: settings.cert}) if settings.cert else httpx2.create_ssl_context()
        if settings.client_cert:
            verify.load_cert_chain(settings.client_cert)
    except OSError as error:
        raise DatasetError(f"the certificates cannot be read{_in_force(settings, 'CERTIFICATE')}: {error}") from error
    try:
        # unearth gives trusted hosts a transport of their own, which would go past the proxy.
        proxies = dict.fromkeys(("http", "https"), settings.proxy) if settings.proxy else urllib.request.getproxies()
        mounts = {
            f"{scheme}://{host}": httpx2.HTTPTransport(verify=False, proxy=proxies[scheme])
            for host in settings.trusted_hosts
            for scheme in ("http", "https")
            if proxies.get(scheme) and (settings.proxy or not urllib.request.proxy_bypass(host))
        }
        return GuardedClient(
            trusted_hosts=settings.trusted_hosts,
            verify=verify,
            timeout=settings.timeout,
            proxy=settings.proxy,
            mounts=mounts,
            follow_redirects=True,
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        missing = isinstance(error, ImportError)  # of the package that speaks SOCKS
        why = "a SOCKS proxy needs the package socksio: run `pip install socksio`" if missing else "it makes no sense"
        raise DatasetError(f"the proxy cannot be used{_in_force(settings)}: {why}") from error


def _in_force(settings: IndexSettings, trouble: str = "") -> str:
    """The settings beside the index that may be at fault, as " (with …)"; "" if there are none."""
    names, found = [], []
    if "CERTIFICATE" in trouble.upper():
        pips = {"cert": settings.cert, "client-cert": settings.client_cert}
        names = [] if settings.cert else ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        found = [f"pip's {name}={path!r}" for name, path in pips.items() if path]
    if settings.proxy:
        found.append(f"pip's proxy={redacted(settings.proxy)!r}")
    else:
        names += [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]
    found += [f"{name}={redacted(os.environ[name])!r}" for name in names if os.environ.get(name)]
    return f" (with {', '.join(found)})" if found else ""


class _Remarks(logging.Handler):
    """Collects what unearth would log as warnings, for our own message."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self._texts = []

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(record.getMessage())

    def __enter__(self) -> list[str]:
        logging.getLogger("unearth").addHandler(self)
        return self._texts

    def __exit__(self, *exception) -> None:
        logging.getLogger("unearth").removeHandler(self)


def redacted(url: str) -> str:
    """`url` without the password that an index URL may hold: without all up to its last "@"."""
    before, found, after = url.rpartition("@")
    scheme = before.partition("://")[0] + "://" if "://" in before else ""
    return f"{scheme}***@{after}" if found else url
