"""Checks at start that the address to listen on is safe with the configured way of logging in."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.settings import WrongSetting

if TYPE_CHECKING:
    from assistant.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check_may_bind(settings: Settings) -> None:
    """
    Raises:
        WrongSetting: anyone would have access, or nobody could log in; it says what to set.
    """
    if settings.auth == "none" and not is_loopback(settings.host):
        raise WrongSetting(
            f"auth is none, so anyone who can reach {settings.host or 'this machine'} could do anything. Listen on "
            "127.0.0.1, or have people log in: set auth to users (and make one: onrecord users add NAME --role admin), "
            "proxy or oidc."
        )
    networks = trusted_networks(settings)
    if settings.auth == "proxy" and not networks:
        raise WrongSetting("auth is proxy, but auth_proxies is empty. Set it to the proxy's address.")
    if settings.auth == "oidc":
        _check_oidc(settings)


def trusted_networks(settings: Settings) -> tuple[Network, ...]:
    """The networks of the proxies whose headers are trusted.

    Raises:
        WrongSetting: one of them is not an address or network, or covers every address.
    """
    return tuple(map(_network, settings.auth_proxies))


def is_trusted(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether a connection from ``address`` comes from one of ``networks``."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in networks)


def is_loopback(host: str) -> bool:
    """Whether ``host`` can be reached only from this machine. The only name recognised is localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_encrypted_or_here(address: str) -> bool:
    """Whether traffic to this web address is encrypted or stays on this machine."""
    split = urlsplit(address)
    return bool(split.hostname) and (
        split.scheme == "https" or (split.scheme == "http" and is_loopback(split.hostname or ""))
    )


def _network(name: str) -> Network:
    try:
        network = ipaddress.ip_network(name)
    except ValueError:
        raise WrongSetting(
            f"{name!r} in auth_proxies is not an address or network. Write 10.0.0.5 or 10.0.0.0/24."
        ) from None
    if network.prefixlen == 0:
        raise WrongSetting(f"{name} in auth_proxies covers every address. Give the proxy's own.")
    return network


def _check_oidc(settings: Settings) -> None:
    missing = [name for name in ("oidc_issuer", "oidc_client_id") if not getattr(settings, name)]
    if not settings.oidc_client_secret.get_secret_value():
        missing.append("oidc_client_secret")
    if missing:
        raise WrongSetting(f"auth is oidc, but {' and '.join(missing)} is empty. Your provider gives the value.")
    if not is_encrypted_or_here(settings.oidc_issuer):
        raise WrongSetting(f"oidc_issuer is {settings.oidc_issuer!r}; it must be an https address.")
