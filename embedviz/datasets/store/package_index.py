"""The package index as the user's pip is set up: where a file is, and how to download it.

Mirrors, proxies, certificates and credentials hold as they do for pip. Nothing is installed or run.
"""

import ast
import logging
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ATTEMPTS = 3  # of a download that the network breaks off


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
            DatasetError: pip cannot read its own configuration.
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
            timeout=float(options.get("timeout") or options.get("default-timeout") or 15),
        )


def default_index() -> str:
    """The URL of the index that is used where nothing is configured: unearth's, and pip's."""
    from unearth import PackageFinder

    return PackageFinder().sources[0]["url"]


def pip_options() -> dict[str, str]:
    """pip's options by their long names, as they hold for a download: a section of its own beats [global], a variable both."""
    run = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if "No module named pip" in run.stderr:
        return {
            name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if name.startswith("PIP_")
        }
    if run.returncode:
        raise DatasetError(f"`pip config list` fails, so the package index is unknown: {run.stderr.strip()}")
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
        import httpx2
        from unearth.auth import MultiDomainBasicAuth
        from unearth.fetchers.sync import PyPIClient

        self.sources, self._trusted_hosts, self._progress = settings.sources, settings.trusted_hosts, progress
        try:
            verify = (
                ssl.create_default_context(**{"capath" if os.path.isdir(settings.cert) else "cafile": settings.cert})
                if settings.cert
                else True
            )
            if settings.client_cert:
                verify = ssl.create_default_context() if verify is True else verify
                verify.load_cert_chain(settings.client_cert)
        except OSError as error:
            raise DatasetError(
                f"pip's cert={settings.cert!r}, client-cert={settings.client_cert!r} cannot be read: {error}"
            ) from error
        # unearth gives trusted hosts a transport of their own, which would go past the proxy.
        proxies = dict.fromkeys(("http", "https"), settings.proxy) if settings.proxy else urllib.request.getproxies()
        mounts = {
            f"{scheme}://{host}": httpx2.HTTPTransport(verify=False, proxy=proxies[scheme])
            for host in settings.trusted_hosts
            for scheme in ("http", "https")
            if proxies.get(scheme) and (settings.proxy or not urllib.request.proxy_bypass(host))
        }
        self._client = PyPIClient(
            trusted_hosts=settings.trusted_hosts,
            verify=verify,
            timeout=settings.timeout,
            proxy=settings.proxy,
            mounts=mounts,
            follow_redirects=True,
        )
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

        where = {"index_urls" if source.is_index else "find_links": [source.url]}
        # The wheel may be for another platform or Python: we do not install it.
        finder = PackageFinder(self._client, **where, trusted_hosts=self._trusted_hosts, ignore_compatibility=True)
        with _Remarks() as remarks:
            found = self._patiently(lambda: list(finder.find_all_packages(package, allow_yanked=True)))
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

    def download(self, url: str, path: Path, label: str, accept: str = "*/*") -> None:
        """Write what is at `url` to `path`, with a progress bar.

        Raises:
            DatasetError: the server or the network fails.
            OSError: `path` cannot be written.
        """
        self._patiently(lambda: self._download(url, path, label, accept))

    def _download(self, url: str, path: Path, label: str, accept: str) -> None:
        from tqdm import tqdm

        # "identity": a server must not unpack a .tar.gz on the way, or the hash is that of something else.
        with self._client.get_stream(url, headers={"Accept": accept, "Accept-Encoding": "identity"}) as response:
            response.raise_for_status()
            total = int(response.headers.get("Content-Length", 0)) or None
            show = None if self._progress else True  # None: only on a terminal
            with (
                open(path, "wb") as file,
                tqdm(total=total, desc=label, unit="B", unit_scale=True, disable=show) as bar,
            ):
                for chunk in response.iter_bytes(1 << 16):
                    file.write(chunk)
                    bar.update(len(chunk))

    def _patiently(self, action: Callable):
        """Do it again when the network, not the answer, was at fault; as a DatasetError when it stays so."""
        import httpx2

        for attempt in range(ATTEMPTS):
            try:
                return action()
            except httpx2.HTTPStatusError as error:
                code = error.response.status_code
                raise DatasetError(f"the server answers {code} {error.response.reason_phrase}") from error
            except httpx2.TransportError as error:
                if attempt + 1 == ATTEMPTS:
                    raise DatasetError(
                        f"the network fails after {ATTEMPTS} attempts: {error or type(error).__name__}"
                    ) from error
                time.sleep(PAUSE_S * 2**attempt)
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                raise DatasetError(str(error)) from error


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
    """`url` without the password that an index URL may hold."""
    scheme, found, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{found}***@{host.rpartition('@')[2]}{slash}{path}" if found and "@" in host else url
