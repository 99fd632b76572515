"""An understanding for tests of the dialogue: the words spell out what they mean.

yes | no | unsure     an answer            @intent   an accepted intent
+FLAG -FLAG ?FLAG     a spotted sign       ~intent   a half-understood intent
age=42 place=neck     a value              for=wife  who it is about
"""

from intents.understanding import Answer, Finding, Outcome, Polarity, Understanding, Values

_POLARITIES = {"+": Polarity.YES, "-": Polarity.NO, "?": Polarity.UNSURE}


class Scripted:
    """Reads the notation above; anything else means nothing."""

    def understand(self, text: str, *, yes_means: str | None = None) -> Understanding:
        findings: list[Finding] = []
        answer, intent, outcome = None, None, Outcome.REJECT
        age, place, person, days = None, None, None, None
        for word in text.split():
            mark, rest = word[0], word[1:]
            if word in ("yes", "no", "unsure"):
                answer = Answer(word)
            elif mark in _POLARITIES and rest:
                scopes = ("long_standing",) if rest.endswith("!") else ()
                flag = rest.rstrip("!")
                findings.append(Finding(flag, _POLARITIES[mark], word, 0.9, scopes))
            elif mark in "@~":
                intent, outcome = rest, Outcome.ACCEPT if mark == "@" else Outcome.CONFIRM
            elif word.startswith("age=") and word[4:].isdigit():
                age = int(word[4:])
            elif word.startswith("place="):
                place = word[6:]
            elif word.startswith("for="):
                person = word[4:]
            elif word == "years":
                days = 900.0
        values = Values(age=age, region=place, answer=answer, duration=days, answer_confidence=0.9)
        score = 0.9 if intent else 0.0
        return Understanding(text, intent, score, outcome, tuple(findings), values, person)
