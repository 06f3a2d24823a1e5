"""A person or body an article names, and what words tell of it: its gender, whether it is an institution or an outlet.

Word lists only; knows no text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.reader.phrases import TITLES

HONORIFICS = frozenset(
    "mr mrs ms mx miss dr prof sen rep gov gen brig amb col lt maj sgt capt cmdr adm rev ven rt hon det insp supt pc "
    "mp sir dame lord lady baroness baron councillor councilor alderman reverend rabbi imam pastor cardinal "
    "sheikh".split()
)
IN_FULL = {
    "gen": "general", "sen": "senator", "rep": "representative", "gov": "governor", "prof": "professor", "dr": "doctor",
    "col": "colonel", "sgt": "sergeant", "capt": "captain", "lt": "lieutenant", "maj": "major", "adm": "admiral",
    "rev": "reverend", "amb": "ambassador", "det": "detective", "insp": "inspector", "supt": "superintendent",
}  # fmt: skip
FEMALE = frozenset(
    "mrs ms miss dame lady spokeswoman chairwoman congresswoman policewoman councilwoman woman mother sister daughter "
    "wife widow queen princess actress girl grandmother aunt businesswoman she her".split()
)
MALE = frozenset(
    "mr sir lord spokesman chairman congressman policeman councilman man father brother son husband king prince actor "
    "boy grandfather uncle businessman he his him".split()
)
PEOPLE = (
    FEMALE
    | MALE
    | TITLES
    | frozenset(
        "commissioner head teacher doctor nurse farmer driver resident witness lawyer prosecutor "
        "defendant student pupil owner worker engineer scientist researcher analyst economist critic "
        "expert official aide neighbour neighbor survivor victim champion striker goalkeeper midfielder "
        "winger runner skipper veteran inspector detective spokesperson technician cleaner trader editor "
        "reporter curator".split()
    )
)
BODIES = frozenset(
    "ministry bank council union party group lines university court office department authority commission committee "
    "board club institute association federation league army police service services fund trust society organisation "
    "organization network administration government parliament senate palace house kremlin hospital school college "
    "museum operator airline airlines air railway railways corporation corp inc ltd plc house centre center laboratory "
    "observatory firm list alliance front movement congress foundation ferries mutual laboratories works cooperative "
    "insurance partners holdings chamber capital breweries aggregates agency company rovers united city zoo health "
    "pharma energy motors foods systems".split()
)
OUTLETS = frozenset(
    "post times herald gazette courier ledger tribune journal daily news reuters guardian telegraph observer chronicle "
    "mail broadcaster radio television tv newspaper paper magazine weekly outlet website bulletin media newspapers "
    "examiner mirror dispatch echo star sun argus record standard globe monitor inquirer review advertiser sentinel "
    "broadcasting register".split()
)
_OUTLET_FIRST = frozenset("daily morning evening sunday weekly radio".split())
_CALLED_OUTLET = frozenset("newspaper magazine weekly daily broadcaster tabloid paper website channel station".split())
_WORKS_FOR_ONE = frozenset("editor reporter journalist correspondent owner publisher columnist".split())


@dataclass
class Person:
    """Someone or something with a name of its own: the fullest form, and the words the article describes it by.

    ``places`` are the offsets of its mentions, ``hes`` and ``shes`` how often it is so called, ``within`` how often a
    mention follows a preposition, as a place's name does; ``reports``: the article says that it reported something.
    """

    name: str
    roles: set[str] = field(default_factory=set)
    places: list[int] = field(default_factory=list)
    hes: int = 0
    shes: int = 0
    within: int = 0
    reports: bool = False

    @property
    def words(self) -> list[str]:
        return self.name.replace(".", "").casefold().split()

    @property
    def is_body(self) -> bool:
        words = self.words
        named = any(word in BODIES | OUTLETS or word.removesuffix("s") in BODIES for word in words)
        return bool(words) and (words[0] in _OUTLET_FIRST or named)

    @property
    def is_outlet(self) -> bool:
        """A newspaper, an agency or a broadcaster: by its name, by what it is called, or by what it does."""
        words = self.words
        if not words or self.roles & _WORKS_FOR_ONE:
            return False
        by_name = (
            words[-1] in OUTLETS or words[0] in _OUTLET_FIRST or "news" in words or words == ["associated", "press"]
        )
        called = bool(self.roles & _CALLED_OUTLET) or {"news", "agency"} <= self.roles
        tells = called or (self.reports and words[-1] not in BODIES)
        return by_name or (tells and not self.is_evidently_a_person)

    @property
    def is_place(self) -> bool:
        return self.within * 2 >= len(self.places) > 0 and not self.roles & PEOPLE and not (self.hes or self.shes)

    @property
    def is_person(self) -> bool:
        if self.is_body or self.is_place:
            return False
        return len(self.words) > 1 or self.is_evidently_a_person

    @property
    def is_evidently_a_person(self) -> bool:
        return bool(self.roles & (MALE | FEMALE | TITLES)) or self.hes + self.shes > 0

    @property
    def gender(self) -> str:
        """ "he", "she", or nothing where the article does not tell."""
        he, she = 2 * len(self.roles & MALE) + self.hes, 2 * len(self.roles & FEMALE) + self.shes
        return "he" if he > she else "she" if she > he else ""

    def may_be(self, pronoun: str) -> bool:
        """Whether the article may say ``pronoun`` (he, she, it) of it."""
        if pronoun == "it":
            return not self.is_evidently_a_person and not self.is_place
        return self.is_person and self.gender in ("", pronoun)


def is_body(name: str) -> bool:
    """Whether a speaker is an institution, by its name."""
    return Person(name).is_body


def gender_of(phrase: str) -> str:
    """ "he" or "she" where a description tells ("a spokeswoman for the ministry"), else nothing."""
    words = set(phrase.casefold().split())
    return "she" if words & FEMALE else "he" if words & MALE else ""
