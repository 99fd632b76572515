"""One conversation at an edge: a coach, the session it is in, and the turns between them."""

import uuid

from intents import Understander
from skill.content import load_content
from skill.dialog.manager import Coach
from skill.session import Session
from skill.turn import Reply, Turn, TurnKind

LOCALE = "en_US"


def build_coach(locale: str = LOCALE) -> Coach:
    """Return a coach for `locale`: reads the content and the phrases from disk, once.

    Raises:
        ContentError: the locale has no content, or its content is broken.
    """
    return Coach(load_content(locale), Understander.load(locale))


def new_session(
    coach: Coach, *, region: str | None = None, introduced: bool = False, id_: str | None = None
) -> Session:
    """Return a session that has not begun; `introduced` skips the first-use line."""
    return Session(
        id=id_ or uuid.uuid4().hex,
        content_version=coach.content.version,
        locale=coach.content.locale,
        region=region,
        introduced=introduced,
    )


class Conversation:
    """Holds the session between turns, for edges that live as long as the talk does."""

    def __init__(self, coach: Coach, session: Session) -> None:
        self.coach = coach
        self.session = session

    @classmethod
    def open(cls, *, region: str | None = None, introduced: bool = False) -> "Conversation":
        """Return a new conversation with a coach of its own."""
        coach = build_coach()
        return cls(coach, new_session(coach, region=region, introduced=introduced))

    def launch(self, at: float = 0.0) -> Reply:
        """Return the opening words."""
        return self.step(Turn(TurnKind.LAUNCH, at=at))

    def step(self, turn: Turn) -> Reply:
        """Answer `turn` and keep the session that follows."""
        self.session, reply = self.coach.step(self.session, turn)
        return reply
