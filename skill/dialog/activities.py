"""What each open activity makes of the words: a question, an offer, an emergency, an exercise."""

from dataclasses import replace

from intents.understanding import Answer
from skill.dialog.controls import Controls
from skill.dialog.exercise import Reader
from skill.dialog.facts import new_case
from skill.dialog.outcomes import Outcomes
from skill.dialog.prompts import Prompts
from skill.dialog.requests import CRACK_HOW, TOPIC, Requests
from skill.dialog.tools import FREE, Heard, Result, Tools, accepted, before
from skill.dialog.triage import Triage
from skill.session import Case, Country, Crisis, Emergency, Interview, Offer, Reading, Session
from skill.speech import Pace
from skill.turn import Reply

_IN_CRISIS = ("goodbye", "repeat", "emergency_number")
"""Controls that a crisis answers; any other accepted intent is the person asking for more."""


class Activities:
    """Gives the words to the open activity."""

    def __init__(
        self,
        tools: Tools,
        outcomes: Outcomes,
        triage: Triage,
        reader: Reader,
        controls: Controls,
        prompts: Prompts,
        requests: Requests,
    ) -> None:
        self._words = tools.words
        self._outcomes = outcomes
        self._triage = triage
        self._reader = reader
        self._controls = controls
        self._prompts = prompts
        self._requests = requests

    def take(self, session: Session, heard: Heard, noted: frozenset[str]) -> Result | None:
        """Let the open activity take the words; None where they are not for it.

        `noted` are the flags that the same words volunteered for the first time.
        """
        match session.activity:
            case Interview():
                return self._interview(session, heard, noted)
            case Offer() as offer:
                return self._offer(session, offer, heard)
            case Emergency() as emergency:
                return self._emergency(session, emergency, heard)
            case Crisis() as crisis:
                return self._crisis(session, crisis, heard)
            case Country() as country:
                return self._country(session, country, heard, noted)
            case Reading():
                return self._reading(session, heard)
            case None:
                return None

    def silence(self, session: Session, at: float) -> Result:
        """Take a silence, which is never an answer."""
        match session.activity:
            case Interview():
                return self._triage.missed(session, silence=True, at=at)
            case Offer() as offer if not offer.misses:
                return self._prompts.resume(session.swap(replace(offer, misses=1)))
            case Emergency() | Crisis():
                return self._prompts.resume(session)
            case Reading():
                return session, Reply((), session.last.expect)
            case _:
                return session.only(), Reply(self._words.say("still_there", session), FREE)

    def _interview(self, session: Session, heard: Heard, noted: frozenset[str]) -> Result:
        intent = accepted(heard) if heard.answer is None else None
        control = intent if intent is not None and self._controls.handles(intent) else None
        if control is not None and self._triage.takes_anything(session):
            return self._controls.handle(session, control)
        if (result := self._triage.answered(session, heard)) is not None:
            return result
        if control is not None:
            return self._controls.handle(session, control)
        if intent is not None:
            if intent.startswith(TOPIC):
                return self._prompts.back(session, self._requests.topic_speech(session, intent))
            if intent == CRACK_HOW:
                return self._prompts.back(session, self._words.say("refuse_crack", session))
        if noted:
            speech = self._words.say("noted", session, heard=self._words.signs(noted))
            return self._triage.pose(session, speech)
        return self._triage.missed(session, silence=False, at=heard.at)

    def _offer(self, session: Session, offer: Offer, heard: Heard) -> Result | None:
        answer = heard.answer
        if self._requests.concerns_health(heard) and not (offer.what == "intent" and answer):
            return None
        if offer.what == "intent":
            return self._half_understood(session, offer, heard)
        if answer is None:
            if accepted(heard) is not None or offer.misses:
                return None
            return self._prompts.resume(session.swap(replace(offer, misses=1)))
        if offer.what == "check" and answer is not Answer.NO:
            return self._triage.open(session, session.case or new_case(session, heard))
        if answer is not Answer.YES:
            return session.only(), Reply(self._words.say("offer_declined", session), FREE)
        return self._requests.act(session.only(), "exercise_request", heard)

    def _half_understood(self, session: Session, offer: Offer, heard: Heard) -> Result | None:
        """Take the answer to "is this what you ask?"; saying the same again is a yes."""
        same = heard.meaning.intent == offer.intent
        if heard.answer is Answer.YES or (heard.answer is None and same):
            return self._requests.act(session.only(), offer.intent or "", heard)
        if heard.answer is Answer.NO:
            return session.only(), Reply(self._words.say("offer_declined", session), FREE)
        if heard.answer is Answer.UNSURE or accepted(heard) is None:
            return self._prompts.offer_check(session)
        return None

    def _emergency(self, session: Session, emergency: Emergency, heard: Heard) -> Result:
        country = self._words.read_country(heard.text)
        if country is not None:
            session = replace(session, region=country).only(Emergency())
            speech = self._outcomes.repeat_emergency(session, session.case or Case())
            return session, Reply(speech, FREE, urgent=True)
        intent = accepted(heard)
        if intent is not None and self._controls.handles(intent):
            return self._controls.handle(session, intent)
        if emergency.ask == "phone" and heard.answer is not None:
            session = session.only(Emergency("none" if session.region else "country"))
            key = "no_phone" if heard.answer is not Answer.YES else "emergency_stands"
            speech = self._words.say(key, session, pace=Pace.SLOW)
            return before(speech, self._prompts.resume(session))
        return self._prompts.resume(session.only(Emergency()))

    def _crisis(self, session: Session, crisis: Crisis, heard: Heard) -> Result:
        country = self._words.read_country(heard.text)
        if country is not None and crisis.ask == "country":
            session = replace(session, region=country)
        elif (intent := accepted(heard)) is not None:
            if intent in _IN_CRISIS:
                return self._controls.handle(session, intent)
            return self._requests.handle(session.only(), heard)
        return self._prompts.resume(session.only(Crisis()))

    def _country(
        self, session: Session, country: Country, heard: Heard, noted: frozenset[str]
    ) -> Result:
        named = self._words.read_country(heard.text)
        below = session.swap()  # what was open when the country was asked for goes on
        if named is not None:
            below = replace(below, region=named)
            speech = self._words.say("country_set", below)
            return before(speech, self._prompts.resume(below))
        if accepted(heard) is not None or country.misses:
            taken = self.take(below, heard, noted)
            return taken if taken is not None else self._requests.handle(below, heard)
        return self._prompts.resume(session.swap(Country(misses=1)))

    def _reading(self, session: Session, heard: Heard) -> Result | None:
        intent = accepted(heard)
        if intent in ("next", "skip") or heard.answer is Answer.YES:
            return self._reader.move(session, 1)
        if intent == "go_back":
            return self._reader.move(session, -1)
        if intent is not None or self._requests.concerns_health(heard):
            return None
        return before(self._words.say("no_match", session), self._reader.read(session))
