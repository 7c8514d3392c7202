# SPDX-License-Identifier: Apache-2.0
"""Protocol version 1 of the central platform, over requests.

May be used from several threads at once (the platform thread and the sync thread): each has its own
connections, the access token is shared under a lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from uuid import UUID, uuid4

import requests

from kiosk.platform_client.enrolment import EnrolledTerminal, plain_session
from kiosk.platform_client.http_errors import (
    TIMEOUTS_S,
    Answer,
    Model,
    OtherClockError,
    PartsMissingError,
    ask,
)
from kiosk.platform_client.port import AnswerInvalidError, BusyError, UnauthorizedError
from kiosk.platform_client.uploads import CHUNK_BYTES, Uploader
from kiosk.platform_client.v1_services import ServicesV1, pdf_of
from kiosk.protocol.assertion import ASSERTION_LIFETIME_S, sign_token
from kiosk.protocol.catalogue import CATALOGUE_PURPOSE, Catalogue
from kiosk.protocol.configuration import CONFIGURATION_PURPOSE, TerminalConfiguration
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.fleet import (
    CommandReceipt,
    CommandResult,
    EventBatch,
    EventsAnswer,
    KeyRotation,
    KeyRotationAnswer,
)
from kiosk.protocol.key_list import SignedKeyList
from kiosk.protocol.messages import (
    ASSERTION_TYPE,
    RECEIPT_PURPOSE,
    AccessToken,
    CardIdentity,
    CaseStatus,
    CodeIdentity,
    ConsentAct,
    Handover,
    HandoverRequest,
    Heartbeat,
    HeartbeatAnswer,
    IdentityGrant,
    LicenceFetch,
    LicenceReference,
    LogoutRequest,
    PlatformReceipt,
    Prefill,
    PrefillRequest,
    SocialCardIdentity,
)
from kiosk.protocol.services import CONTENT, ContentName
from kiosk.protocol.wire import API_PREFIX, SignatureInvalidError, Signed, WireModel

_RENEW_BEFORE_S = 30.0
_MANIFEST_ROUNDS = 3
"""How often a manifest is put before we believe that parts vanish over there."""


class PlatformV1(ServicesV1):
    """The port ``Platform`` over HTTPS and JSON.

    ``base_url`` overrides the address stored at enrolment. ``session`` is for callers who bring their
    own certificates; it is then shared by all threads and theirs to close. ``proxy`` is the only proxy that
    is used: what the environment names is not. ``timeouts_s`` is to connect, and between two pieces of an
    answer. ``clock`` is monotonic seconds, ``wall`` seconds since the epoch.
    """

    def __init__(
        self,
        enrolled: EnrolledTerminal,
        base_url: str | None = None,
        session: requests.Session | None = None,
        *,
        chunk_bytes: int = CHUNK_BYTES,
        proxy: str = "",
        timeouts_s: tuple[float, float] = TIMEOUTS_S,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._enrolled = enrolled
        self._base = (base_url or enrolled.platform_url).rstrip("/") + API_PREFIX
        self._given = session
        self._own = threading.local()
        self._opened: list[requests.Session] = []
        self._chunk_bytes = chunk_bytes
        self._proxy = proxy
        self._timeouts_s = timeouts_s
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = 0.0
        self._wall_offset = 0.0
        self._heard: tuple[float, float] | None = None

    def close(self) -> None:
        """Close the connections that this object opened; it may be used again."""
        with self._lock:
            opened, self._opened = self._opened, []
            self._own = threading.local()
        for session in opened:
            session.close()

    def hang_up(self) -> None:
        """Close the connection of the calling thread; its next call opens another."""
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is not None:
            del self._own.session
            session.close()
            with self._lock:
                if session in self._opened:
                    self._opened.remove(session)

    # --- terminal, catalogue, identity ----------------------------------------------------------

    def heartbeat(self, beat: Heartbeat) -> HeartbeatAnswer:
        """Say how the terminal is; learn the platform's time."""
        return self._post("/heartbeat", beat).parse(HeartbeatAnswer)

    def announce_key(self, rotation: KeyRotation) -> KeyRotationAnswer:
        """Announce a new key of this terminal; it takes over with the first assertion that it signs."""
        return self._post("/terminals/key", rotation).parse(KeyRotationAnswer)

    def catalogue(self, etag: str | None) -> tuple[str, Signed, Catalogue] | None:
        """Return (etag, signed document, verified catalogue), or ``None`` when ``etag`` is still current."""
        return self._signed("/catalogue", etag, CATALOGUE_PURPOSE, Catalogue)

    def configuration(self, etag: str | None) -> tuple[str, Signed, TerminalConfiguration] | None:
        """Return what holds for this terminal; see the port."""
        return self._signed("/configuration", etag, CONFIGURATION_PURPOSE, TerminalConfiguration)

    def content(self, name: ContentName, etag: str | None) -> tuple[str, bytes] | None:
        """Return (etag, JSON) of what everybody may read; see the port."""
        answer = self._ask("GET", f"/{name}", headers={"If-None-Match": etag} if etag else {})
        if answer.status == requests.codes.not_modified:
            return None
        answer.parse(CONTENT[name])
        return answer.headers.get("ETag", ""), answer.body

    def identify_card(self, card: CardIdentity) -> IdentityGrant:
        """Log in by card. Raises ``RefusedError("identity.unknown")`` for a person the platform cannot find."""
        return self._post("/identity/card", card).parse(IdentityGrant)

    def identify_social_card(self, card: SocialCardIdentity) -> IdentityGrant:
        """Log in by social security card; see the port."""
        return self._post("/identity/social-card", card).parse(IdentityGrant)

    def identify_code(self, code: str) -> IdentityGrant:
        """Log in by a code that was shown; see the port."""
        return self._post("/identity/code", CodeIdentity(code=code)).parse(IdentityGrant)

    def logout(self, grant: str) -> None:
        """End the log-in; ending it twice is no error."""
        self._post("/identity/logout", LogoutRequest(grant=grant))

    def prefill(self, grant: str, item: str, consent: ConsentAct) -> Prefill:
        """Return what is known for that item's form, and the licences held.

        Raises ``RefusedError`` with ``identity.grant`` (ended or expired) or ``consent.missing``.
        """
        request = PrefillRequest(grant=grant, item=item, consent=consent)
        return self._post("/prefill", request).parse(Prefill)

    def fetch_licence(
        self, grant: str, item: str, licence: str, consent: ConsentAct
    ) -> LicenceReference:
        """Fetch one e-licence by reference. Raises ``RefusedError("licence.not_held")`` and as ``prefill``."""
        request = LicenceFetch(grant=grant, item=item, licence=licence, consent=consent)
        return self._post("/licences", request).parse(LicenceReference)

    def acknowledge(self, command: UUID, result: CommandResult) -> CommandReceipt:
        """Tell what became of an order. Raises ``RefusedError`` when the platform has another result."""
        return self._ask("PUT", f"/commands/{command}/result", body=result).parse(CommandReceipt)

    def report_events(self, batch: EventBatch) -> EventsAnswer:
        """Send consecutive events for supervision; the answer names the number that is wanted next.

        What the platform has already is skipped there. ``events.gap``: a number was left out;
        ``events.forked``: one is stored there with other content.
        """
        return self._post("/events", batch).parse(EventsAnswer)

    # --- submissions ----------------------------------------------------------------------------

    def deliver(
        self,
        manifest: Manifest,
        open_part: Callable[[str], bytes],
        on_progress: Callable[[int, int], None],
    ) -> Signed:
        """Upload what is missing and put the manifest; return the signed receipt, verified.

        Idempotent: after any fault the same call goes on where the last one stopped, and sends at most
        one chunk (or the bytes that were on their way) again. The manifest goes first, so a submission
        whose answer was lost costs one small request.
        """
        uploader = Uploader(self._ask, self._base, manifest, on_progress, self._chunk_bytes)
        for _ in range(_MANIFEST_ROUNDS):
            try:
                answer = self._ask("PUT", f"/submissions/{manifest.id}", body=manifest)
            except PartsMissingError as asked:
                uploader.send(asked.missing, open_part)
                continue
            signed = answer.parse(Signed)
            receipt = self._verified(signed, RECEIPT_PURPOSE, PlatformReceipt)
            if (receipt.id, receipt.terminal, receipt.manifest_sha256) != (
                manifest.id,
                manifest.terminal,
                manifest.sha256,
            ):
                raise AnswerInvalidError("platform.answer_invalid", "receipt of something else")
            uploader.done()
            return signed
        raise BusyError(None, "platform.parts_vanish")

    def case(self, submission: UUID) -> CaseStatus:
        """Return where the case stands. ``RefusedError("submission.unknown")`` when it is not there."""
        status = self._ask("GET", f"/submissions/{submission}").parse(CaseStatus)
        if status.id != submission:
            raise AnswerInvalidError("platform.answer_invalid", "status of something else")
        return status

    def result(self, submission: UUID, code: str) -> bytes:
        """Return a result document: a PDF as the platform sealed it (not yet verified)."""
        return pdf_of(self._ask("GET", f"/submissions/{submission}/results/{code}"))

    def handover(self, submission: UUID, code: str, grant: str | None = None) -> Handover:
        """Return a one-time address for the resident's phone; see the port."""
        request = HandoverRequest(code=code, grant=grant)
        return self._post(f"/submissions/{submission}/handover", request).parse(Handover)

    @property
    def heard_at(self) -> tuple[float, float] | None:
        """The platform's time of its last answer, and how far it was ahead of ours; ``None`` before one."""
        return self._heard

    # --- inside ---------------------------------------------------------------------------------

    def _get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def _post(self, path: str, body: WireModel) -> Answer:
        return self._ask("POST", path, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: WireModel | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask with the access token; renew it once when the platform no longer takes it."""
        for last in (False, True):
            token = self._access_token()
            try:
                answer = ask(
                    self._session(),
                    method,
                    self._base + path,
                    json=None if body is None else body.model_dump(mode="json"),
                    data=data,
                    headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                    timeout=self._timeouts_s,
                    clock=self._clock,
                )
            except UnauthorizedError:
                if last:
                    raise
                self._forget(token)
            else:
                self._note_time(answer)
                return answer
        raise AssertionError  # the loop returns or raises

    def _note_time(self, answer: Answer) -> None:
        """Keep what time it is over there: a whole second (RFC 9110 §6.6.1), good enough to see a wrong clock."""
        try:
            now = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
        except ValueError:
            return
        self._heard = (now, now - self._wall())

    def _access_token(self) -> str:
        with self._lock:
            if self._token and self._clock() < self._token_until:
                return self._token
        try:
            return self._new_token()
        except OtherClockError as error:
            # A battery that ran empty must not keep a queue from being delivered. The platform's word for
            # the time is good enough to sign with; what we signed is of no use at any other platform.
            with self._lock:
                self._wall_offset = error.platform_now - self._wall()
            return self._new_token()

    def _new_token(self) -> str:
        now = int(self._wall() + self._wall_offset)
        claims = {
            "iss": self._enrolled.terminal,
            "sub": self._enrolled.terminal,
            "aud": list(self._enrolled.signing_keys),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + ASSERTION_LIFETIME_S,
        }
        asked_at = self._clock()
        answer = ask(
            self._session(),
            "POST",
            self._base + "/token",
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": sign_token(claims, self._enrolled.private_key),
            },
            timeout=self._timeouts_s,
            clock=self._clock,
        ).parse(AccessToken)
        with self._lock:
            self._token = answer.access_token
            self._token_until = asked_at + max(1.0, answer.expires_in - _RENEW_BEFORE_S)
            return self._token

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = ""

    def _session(self) -> requests.Session:
        if self._given is not None:
            return self._given
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = plain_session(self._proxy)
            with self._lock:
                self._opened.append(session)
        return session

    def refresh_keys(self) -> bool:
        """Learn the platform's keys as they are now; return whether there were newer ones.

        Raises a ``PlatformError``: ``platform.signature`` when no key that we trust vouches for them.
        """
        # Public keys need no log-in, and a log-in may need them.
        answer = ask(
            self._session(),
            "GET",
            self._base + "/keys",
            timeout=self._timeouts_s,
            clock=self._clock,
        )
        try:
            return self._enrolled.trusted.learn(answer.parse(SignedKeyList))
        except SignatureInvalidError as error:
            raise AnswerInvalidError("platform.signature", str(error)) from None
        except (ValueError, OSError):
            raise AnswerInvalidError(
                "platform.answer_invalid", "keys that cannot be kept"
            ) from None

    def _signed(
        self, path: str, etag: str | None, purpose: str, model: type[Model]
    ) -> tuple[str, Signed, Model] | None:
        answer = self._ask("GET", path, headers={"If-None-Match": etag} if etag else {})
        if answer.status == requests.codes.not_modified:
            return None
        signed = answer.parse(Signed)
        return answer.headers.get("ETag", ""), signed, self._verified(signed, purpose, model)

    def _verified(self, signed: Signed, purpose: str, model: type[Model]) -> Model:
        if signed.key_id not in self._enrolled.signing_keys:
            self.refresh_keys()  # the platform may have changed its key since we last looked
        try:
            body = signed.verified_body(purpose, self._enrolled.signing_keys)
            return model.model_validate_json(body)
        except SignatureInvalidError as error:
            raise AnswerInvalidError("platform.signature", str(error)) from None
        except ValueError:
            raise AnswerInvalidError("platform.answer_invalid", f"not a {model.__name__}") from None
