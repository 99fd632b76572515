"""Reads the content of a locale from its YAML files and checks that it holds together."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from skill.content.types import (
    Adaptation,
    Check,
    Condition,
    Content,
    Country,
    Exercise,
    Extra,
    Flag,
    FollowUp,
    Route,
    Rule,
    Topic,
)
from skill.errors import ContentError

_ROOT = Path(__file__).parent
_LEVELS = ("emergency", "urgent", "professional", "context")
_OFFERS = ("check", "exercise", "none")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_content(locale: str = "en_US", root: Path = _ROOT) -> Content:
    """Return the content of `locale`.

    Raises:
        ContentError: a file is missing, is not YAML, lacks a key, or names something unknown.
    """
    folder = root / locale
    if not folder.is_dir():
        known = ", ".join(sorted(p.name for p in root.iterdir() if (p / "flags.yaml").exists()))
        raise ContentError(f"There is no content for {locale}", f"Choose one of: {known}")
    try:
        content = _build(locale, folder)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ContentError(
            f"The content in {folder} is malformed: {type(error).__name__}: {error}",
            "Compare the file with its neighbours; each file's head names its keys.",
        ) from error
    _check(content)
    return content


def _build(locale: str, folder: Path) -> Content:
    flags_file = _read(folder / "flags.yaml")
    rules_file = _read(folder / "rules.yaml")
    routes_file = _read(folder / "routes.yaml")
    scripts_file = _read(folder / "scripts.yaml")
    signs = {k: {"group": "sign", "alone": "context", **v} for k, v in rules_file["signs"].items()}
    signs = {k: {**v, "ask": [v["ask"]]} for k, v in signs.items()}
    extras = {k: v for k, v in scripts_file.items() if isinstance(v, dict)}
    return Content(
        locale=locale,
        version=_version(folder),
        flags=_frozen({k: _flag(k, v) for k, v in {**flags_file, **signs}.items()}),
        groups=_frozen({k: tuple(v) for k, v in rules_file["groups"].items()}),
        rules=tuple(Rule(r["id"], r["level"], r["why"], r["when"]) for r in rules_file["rules"]),
        routes=_frozen(
            {
                k: Route(k, tuple(v.get("first", ())), tuple(v["ask"]), v["signs"])
                for k, v in routes_file["routes"].items()
            }
        ),
        places=_frozen(routes_file["places"]),
        follow_ups=tuple(_follow_up(f) for f in routes_file["follow_ups"]),
        exercise_adapts=tuple(routes_file["exercise_adapts"]),
        exercise_order=tuple(routes_file["exercise_order"]),
        background=tuple(routes_file["background"]),
        adults_only=tuple(routes_file["adults_only"]),
        countries=_frozen(
            {
                k: Country(
                    k, v["title"], tuple(v["names"]), v["emergency"], v["urgent"], v["crisis"]
                )
                for k, v in _read(folder / "numbers.yaml").items()
            }
        ),
        scripts=_frozen({k: tuple(v) for k, v in scripts_file.items() if isinstance(v, list)}),
        extras=_frozen(
            {
                k: tuple(Extra(tuple(e["flags"]), tuple(e["say"])) for e in v.values())
                for k, v in extras.items()
            }
        ),
        topics=_frozen({t.id: t for t in sorted(_topics(folder), key=lambda t: t.number)}),
        exercises=_frozen({e.id: e for e in _exercises(folder)}),
    )


def _flag(id_: str, v: Mapping[str, Any]) -> Flag:
    check = v.get("check")
    if v["alone"] not in _LEVELS:
        raise ContentError(
            f"Flag {id_} has the unknown level {v['alone']}", f"Use one of {_LEVELS}"
        )
    return Flag(
        id=id_,
        group=v["group"],
        alone=v["alone"],
        ask=tuple(v["ask"]),
        heard=v["heard"],
        personal=bool(v.get("personal", False)),
        check=Check(check["ask"], check["yes_means"]) if check else None,
        sources=tuple(v["sources"]),
    )


def _follow_up(v: Mapping[str, Any]) -> FollowUp:
    fields: dict[str, Any] = {k: tuple(x) if isinstance(x, list) else x for k, x in v.items()}
    return FollowUp(**fields)


def _topics(folder: Path) -> Iterator[Topic]:
    for path in sorted((folder / "topics").glob("*.yaml")):
        v = _read(path)
        if v["id"] != path.stem or v["offer"] not in _OFFERS:
            raise ContentError(
                f"{path} has an id that is not its file name, or an unknown offer",
                f"Use id: {path.stem} and one of the offers {_OFFERS}",
            )
        yield Topic(
            id=v["id"],
            number=v["number"],
            title=v["title"],
            answer=tuple(v["answer"]),
            more=tuple(v.get("more") or ()),
            sources=tuple(v["sources"]),
            related=tuple(v.get("related") or ()),
            offer=v["offer"],
        )


def _exercises(folder: Path) -> Iterator[Exercise]:
    for path in sorted((folder / "exercises").glob("*.yaml")):
        v = _read(path)
        yield Exercise(
            id=v["id"],
            name=v["name"],
            regions=tuple(v["regions"]),
            setup=tuple(v["setup"]),
            steps=tuple(v["steps"]),
            dose=v["dose"],
            range=v["range"],
            breath=v["breath"],
            bars=tuple(v.get("bars") or ()),
            adapt=tuple(Adaptation(k, say) for k, say in (v.get("adapt") or {}).items()),
            sources=tuple(v["sources"]),
        )


def _check(content: Content) -> None:
    """Raise ContentError where one file names something that another does not hold."""
    flags = set(content.flags)
    named = {f for route in content.routes.values() for f in (*route.first, *route.ask)}
    named |= {f for group in content.groups.values() for f in group}
    named |= {f for follow in content.follow_ups for f in (*follow.ask, *follow.after)}
    named |= {f for extras in content.extras.values() for e in extras for f in e.flags}
    named |= {*content.exercise_adapts, *content.adults_only, *content.background}
    named |= {n for rule in content.rules for n in _names(rule.when)} - set(content.groups)
    if unknown := sorted(named - flags):
        raise ContentError(
            f"The content names flags that flags.yaml does not hold: {', '.join(unknown)}",
            "Correct the spelling, or add the flag.",
        )
    if unknown := sorted(set(content.places.values()) - set(content.routes)):
        raise ContentError(
            f"Places lead to unknown routes: {', '.join(unknown)}", "See routes.yaml."
        )
    if unknown := sorted(set(content.exercise_order) - set(content.exercises)):
        raise ContentError(
            f"exercise_order names unknown ones: {', '.join(unknown)}", "See routes.yaml."
        )


def _names(when: Condition) -> Iterator[str]:
    """Yield the flag and group names inside a condition."""
    if isinstance(when, str):
        if when != "always":
            yield when
        return
    for key in ("all", "any"):
        for part in when.get(key, ()):
            yield from _names(part)
    yield from when.get("unsure", ())
    if "long_standing" in when:
        yield when["long_standing"]


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_bytes(), Loader=_Loader)  # a safe loader
    except FileNotFoundError:
        raise ContentError(
            f"The content file {path} is missing", "Install Backtalk again."
        ) from None
    except yaml.YAMLError as error:
        raise ContentError(f"{path} is not valid YAML: {error}", "Mend that line.") from None
    if not isinstance(data, dict):
        raise ContentError(f"{path} holds no keys", "Compare the file with its neighbours.")
    return data


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _frozen(data: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(data)
