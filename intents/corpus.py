"""The language files of this package: the phrases of each intent and the readers' word lists."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intents.errors import LocaleError
from intents.text import normalize

__all__ = ["DEFAULT_LOCALE", "Corpus", "available_locales", "load_corpus", "load_table"]

DEFAULT_LOCALE: Final = "en_US"
CONTROLS: Final = "controls"
PHRASE_FILES: Final = ("topics", "requests", CONTROLS)
"""The files of a language that hold the phrases of intents."""

_ROOT = Path(__file__).parent / "locale"
_LOCALE_NAME = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The phrases that a matcher learns from: intent id → normalised phrases, in file order.

    `controls` are the intents that steer the conversation ("repeat", "next").
    """

    locale: str
    phrases: Mapping[str, tuple[str, ...]]
    controls: frozenset[str]

    @property
    def intents(self) -> tuple[str, ...]:
        """The intent ids, in file order."""
        return tuple(self.phrases)


def available_locales() -> tuple[str, ...]:
    """Return the languages that this installation understands."""
    return tuple(sorted(p.name for p in _ROOT.iterdir() if _LOCALE_NAME.fullmatch(p.name)))


def load_table(locale: str, name: str) -> dict[str, Any]:
    """Return a language file, `locale/<locale>/<name>.yaml`, as a mapping.

    Raises LocaleError where the language or the file is missing or is not a mapping.
    """
    import yaml

    if locale not in available_locales():
        raise LocaleError(
            f"I do not understand the language {locale!r}.",
            f"Choose one of: {', '.join(available_locales())}.",
        )
    path = _ROOT / locale / f"{name}.yaml"
    try:
        table = yaml.load(path.read_text(encoding="utf-8"), Loader=_word_loader())
    except OSError as error:
        raise LocaleError(f"{path} cannot be read.", "Install the package again.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LocaleError(f"{path} is not valid YAML: {error}", "Mend the file.") from error
    if not isinstance(table, dict):
        raise LocaleError(f"{path} is not a mapping.", "Mend the file.")
    return table


@functools.cache
def _word_loader() -> Any:
    """Return a YAML loader that takes "yes", "no" and "on" for the words they are."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, eight times as fast
    resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    return type("WordLoader", (base,), {"yaml_implicit_resolvers": resolvers})


@functools.cache
def load_corpus(locale: str = DEFAULT_LOCALE) -> Corpus:
    """Return the phrases of every intent in a language.

    Raises LocaleError where an intent has no phrase, or where a phrase is empty or is listed
    for two intents.
    """
    phrases: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    controls: set[str] = set()
    for name in PHRASE_FILES:
        for intent, lines in load_table(locale, name).items():
            where = f"{intent} in {locale}/{name}.yaml"
            if intent in phrases or not isinstance(lines, list) or not lines:
                raise LocaleError(f"{where} is not one list of phrases.", "Mend the file.")
            found = dict.fromkeys(normalize(str(line)) for line in lines)
            for phrase in found:
                if not phrase:
                    raise LocaleError(f"{where}: a phrase is empty.", "Mend the file.")
                if owner.setdefault(phrase, intent) != intent:
                    raise LocaleError(
                        f"{where}: the phrase {phrase!r} is also in {owner[phrase]}.",
                        "Each phrase belongs to one intent.",
                    )
            phrases[intent] = tuple(found)
            if name == CONTROLS:
                controls.add(intent)
    return Corpus(locale, phrases, frozenset(controls))
