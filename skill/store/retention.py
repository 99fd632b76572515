"""How long a session may be kept."""

from typing import Final

from skill.session import Crisis, Session

DAY: Final = 86_400.0
# The promise made to the user: what was said of symptoms goes after a day, the rest after 30.
TRIAGE_SECONDS: Final = DAY
PLAIN_SECONDS: Final = 30 * DAY


def retention(session: Session, now: float) -> float:
    """Return how many seconds a session may be kept from `now` (seconds since the epoch) on.

    A session with a case is kept for a day from the first thing noted in it, so that daily use
    does not keep an old symptom alive. A crisis counts as one.
    """
    if session.case is None:
        in_crisis = any(isinstance(activity, Crisis) for activity in session.activities)
        return TRIAGE_SECONDS if in_crisis else PLAIN_SECONDS
    noted = (fact.at for fact in (*session.case.facts, *session.case.misheard))
    return max(0.0, min(noted, default=now) + TRIAGE_SECONDS - now)
