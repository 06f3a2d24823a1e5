"""Login with OpenID Connect: the authorization code flow with PKCE, state and nonce, by authlib.

Contacts only the provider, at the addresses in its discovery document.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App
from fastapi import APIRouter
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts.errors import NotAcceptable
from assistant.accounts.permissions import role_for
from assistant.accounts.users import User
from assistant.settings import Settings
from assistant.web.auth.authentication import Cookie
from assistant.web.auth.login import LoginPages, within
from assistant.web.http.bind_check import is_encrypted_or_here
from assistant.web.middleware.public_paths import OIDC_BACK, OIDC_START

_MINUTES = 10
_LEEWAY = 60
_LONGEST_NEXT = 1000
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SIGNED = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
"""Asymmetric signatures only: neither unsigned tokens nor shared secrets."""

_log = logging.getLogger(__name__)


class ProviderWrong(Exception):
    """The provider's discovery document does not match the settings."""


class Provider(StarletteOAuth2App):  # type: ignore[misc]
    """The provider named in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer.rstrip("/")
        super().__init__(
            StarletteIntegration("provider"),
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": 10,
                "trust_env": False,
                "follow_redirects": False,
            },
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
        )

    async def load_server_metadata(self) -> dict[str, Any]:
        """The provider's discovery document, once checked; one that fails is not kept.

        Raises:
            ProviderWrong: it names another issuer, or an address over plain HTTP.
        """
        metadata: dict[str, Any] = await super().load_server_metadata()
        if str(metadata.get("issuer")).rstrip("/") != self._issuer:
            metadata.clear()
            raise ProviderWrong("the provider's discovery document names an issuer other than oidc_issuer")
        if not all(is_encrypted_or_here(str(metadata.get(name, ""))) for name in _ENDPOINTS):
            metadata.clear()
            raise ProviderWrong("the provider's discovery document lacks an https address")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = sorted(_SIGNED.intersection(offered)) or ["RS256"]
        return metadata

    async def claims(self, request: Request) -> dict[str, Any]:
        """The claims about the returning user, from an ID token verified to be the provider's and for this login."""
        metadata = await self.load_server_metadata()
        options = {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": self.client_id},
        }
        token = await self.authorize_access_token(request, claims_options=options, leeway=_LEEWAY)
        return dict(token["userinfo"])


def oidc_pages(entrance: LoginPages, settings: Settings) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    provider, pending = Provider(settings), _PendingLogin(settings)

    @router.get(OIDC_START)
    async def start(request: Request, next: str = "/") -> Response:
        request.scope["session"] = {}
        try:
            address = f"{request.url.scheme}://{request.url.netloc}{settings.base_path}{OIDC_BACK}"
            response: Response = await provider.authorize_redirect(request, address)
        except (httpx2.HTTPError, ProviderWrong, ValueError, RuntimeError) as error:
            return _failed(entrance, next, error)
        pending.note(response, request, next)
        return response

    @router.get(OIDC_BACK)
    async def back(request: Request) -> Response:
        following = pending.recall(request)
        try:
            claims = await provider.claims(request)
        except (httpx2.HTTPError, ProviderWrong, OAuthError, JoseError, LookupError, ValueError, RuntimeError) as error:
            response = _failed(entrance, following, error)
            await run_in_threadpool(entrance.failed)
        else:
            user = await run_in_threadpool(_user, entrance, settings, claims)
            if user is None:
                await run_in_threadpool(entrance.failed)
            refused = entrance.asked(following, _NOT_YOU, 403)
            response = refused if user is None else await entrance.let_in(request, user, following)
        pending.forget(response, request)
        return response

    return router


_NOT_YOU = "The login provider knows you, but you have no access to On Record. Ask your On Record administrator."
_AWAY = (
    "The login provider cannot be reached or gave an invalid reply. Try again; if that fails, tell your administrator."
)
_AGAIN = "The login failed. Start again."


class _PendingLogin:
    """The state of a login in progress, in a signed, short-lived cookie."""

    def __init__(self, settings: Settings) -> None:
        self._cookie = Cookie("onrecord-login", settings.base_path, _MINUTES * 60)
        self._key = OctKey.generate_key(256)

    def note(self, response: Response, request: Request, following: str) -> None:
        following = within(following) if len(following) <= _LONGEST_NEXT else "/"
        noted = {"session": request.session, "next": following, "exp": int(time.time()) + _MINUTES * 60}
        self._cookie.put(response, request, jwt.encode({"alg": "HS256"}, noted, self._key))

    def recall(self, request: Request) -> str:
        """Restores the login's state into the request's session, and returns where to go on."""
        noted: dict[str, Any] = {}
        try:
            noted = jwt.decode(self._cookie.of(request), self._key, algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(noted)
        except (JoseError, ValueError):
            noted = {}
        request.scope["session"] = noted.get("session", {})
        return str(noted.get("next", "/"))

    def forget(self, response: Response, request: Request) -> None:
        self._cookie.drop(response, request)


def _user(entrance: LoginPages, settings: Settings, claims: dict[str, Any]) -> User | None:
    """The user the claims are about; None if they have no access."""
    role = role_for(_groups(claims.get(settings.oidc_groups_claim)), settings)
    name = next((str(claims[one]) for one in ("preferred_username", "name", "email") if claims.get(one)), "")
    try:
        return None if role is None else entrance.desk.users.known("oidc", str(claims["sub"]), name, role)
    except NotAcceptable:
        return None


def _groups(claim: Any) -> set[str]:
    if isinstance(claim, str):
        return {claim}
    return {str(group) for group in claim} if isinstance(claim, list) else set()


def _failed(entrance: LoginPages, following: str, error: Exception) -> Response:
    is_away = isinstance(error, (httpx2.HTTPError, ProviderWrong))
    # Other errors may quote the user's claims.
    told = error if is_away else getattr(error, "error", "")
    _log.warning("a login by the provider failed: %s: %s", type(error).__name__, told)
    if is_away:
        return entrance.asked(following, _AWAY, 503, {"Retry-After": "30"})
    return entrance.asked(following, _AGAIN, 401, {"WWW-Authenticate": 'Bearer realm="On Record"'})
