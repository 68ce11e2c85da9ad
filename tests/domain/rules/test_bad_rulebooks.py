"""A rulebook that cannot be read is refused when it is read, in one sentence: which rule, which field, which line."""

from __future__ import annotations

import pytest
from tests.support.rulebook import HEAD, book, dossier, project
from tests.support.worked import plain

from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.parameters import BadParameter
from avenant.domain.rules.rulebook import parse_rulebook, rulebook_from_json
from avenant.domain.rules.tables import BadRulebook

PARAMETERS = """
[[parameter]]
name = "limit"
label = "Limite"
unit = "euros"
value = 100

[[parameter]]
name = "days"
label = "Jour"
unit = "date"
value = "2024-01-01"
"""


def rule(**fields: str) -> str:
    """A rule « r1 » of these fields, each written in TOML; its ``id`` stands on the 26th line."""
    given = {"id": '"r1"', "label": '"Règle"', **fields}
    return PARAMETERS + "\n[[rule]]\n" + "\n".join(f"{name} = {value}" for name, value in given.items())


REFUSED = {
    "unknown kind": (rule(kind='"floo"'), "kind", "n'est pas une sorte de règle"),
    "no label": (rule(kind='"floor"', label='""'), "label", "un texte est attendu"),
    "unknown field": (rule(kind='"shares"', limite='"limit"'), "limite", "champ inconnu"),
    "unknown parameter": (rule(kind='"floor"', fact='"project.grant"', limit='"limite"'), "limit", "n'existe pas"),
    "unit of a parameter": (rule(kind='"rate"', rate='"limit"'), "rate", "devrait être : percent"),
    "unknown fact": (rule(kind='"floor"', fact='"project.budget"', limit='"limit"'), "fact", "n'existe pas"),
    "undeclared measure": (rule(kind='"floor"', fact='"measures.x"', limit='"limit"'), "fact", "n'est pas déclaré"),
    "not a number": (rule(kind='"floor"', fact='"project.code"', limit='"limit"'), "fact", "n'existe pas"),
    "a date for a number": (rule(kind='"floor"', fact='"project.starts_on"', limit='"limit"'), "fact", "un nombre"),
    "a number for a date": (rule(kind='"floor"', fact='"project.grant"', limit='"days"'), "fact", "une date"),
    "a line in a rule of the dossier": (
        rule(kind='"statement"', must='{ fact = "line.kind", is = "conseil" }', reason='"non"'),
        "must",
        "chaque dépense",
    ),
    "a project in a rule of the dossier": (
        rule(kind='"statement"', must='{ fact = "project.in_scope", is = true }', reason='"non"'),
        "must",
        "chaque projet",
    ),
    "an action out of its rule": (
        rule(kind='"statement"', per='"project"', must='{ fact = "action.risks", positive = true }', reason='"non"'),
        "must",
        "chaque action",
    ),
    "a line in the condition of use": (
        rule(kind='"excluded_expense"', excluded='{ fact = "line.recurrent", is = true }',
             when='{ fact = "line.kind", is = "conseil" }'),
        "when",
        "chaque dépense",
    ),
    "two tests": (rule(kind='"shares"', when='{ fact = "channel", is = "a", in = ["b"] }'), "when", "un test parmi"),
    "no test": (rule(kind='"shares"', when='{ fact = "channel" }'), "when", "un test parmi"),
    "a condition that is a text": (rule(kind='"shares"', when='"channel"'), "when", "une condition est attendue"),
    "in without a list": (rule(kind='"shares"', when='{ fact = "channel", in = "platform" }'), "when", "une liste"),
    "is with a list": (rule(kind='"shares"', when='{ fact = "channel", is = ["platform"] }'), "when", "une liste"),
    "positive without yes or no": (
        rule(kind='"shares"', when='{ fact = "dossiers", positive = "oui" }'), "when", "oui (true) ou non (false)",
    ),
    "order on a text": (rule(kind='"shares"', when='{ fact = "channel", above = "limit" }'), "when", "un nombre"),
    "order with a number": (rule(kind='"shares"', when='{ fact = "dossiers", above = 3 }'), "when", "n'existe pas"),
    "an effect of another kind": (rule(kind='"shares"', effect='"caps"'), "effect", "n'est pas un des choix"),
    "no piece": (rule(kind='"piece"', one_of="[]"), "one_of", "une liste de pièces"),
    "unknown piece": (rule(kind='"piece"', one_of='[{ piece = "x" }]'), "one_of", "n'est pas au vocabulaire"),
    "signed neither yes nor no": (
        rule(kind='"piece"', one_of='[{ piece = "plan", signed = "non" }]'), "one_of", "oui (true) ou non (false)",
    ),
    "both a share and an amount": (
        rule(kind='"bonus"', amount='"limit"', points='"limit"'), "points", "devrait être : percent",
    ),
    "neither a share nor an amount": (
        rule(kind='"share_cap"', of='{ fact = "line.kind", is = "formation" }'), "share", "l'un des deux champs",
    ),
    "a reach that is no choice": (rule(kind='"cap"', amount='"limit"', per='"line"'), "per", "project ou dossier"),
    "no criterion": (rule(kind='"body"'), "statuses", "au moins un critère"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_rule_is_named_with_its_field_and_line(name: str) -> None:
    text, field, words = REFUSED[name]
    with pytest.raises(BadRulebook) as refused:
        book(text)
    message = plain(refused.value.message).replace("’", "'")
    assert "règle « r1 »" in message
    assert refused.value.field == field
    assert words in message
    assert "\n" not in message
    rows = (HEAD + text).splitlines()
    line = refused.value.line
    assert line is not None
    assert rows[line - 1].startswith((f"{field} =", "[[rule]]")), (line, rows[line - 1])


@pytest.mark.parametrize(
    ("text", "place", "field"),
    [
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "kilos"', "paramètre « a »", "unit"),
        ('[[parameter]]\nname = "a"\nunit = "euros"', "paramètre « a »", "label"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "euros"\nvalue = "1.001"', "paramètre « a »", "value"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "percent"\nmaximum = 100\nvalue = 101', "", "value"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "codes"\nminimum = 1', "", "minimum"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "choice"', "", "choices"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "euros"\nplafond = 3', "", "plafond"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "percents"\nvalue = [40, 30, 29]', "", "value"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "day"\nvalue = "02-29"', "", "value"),
        ('[[parameter]]\nname = "a"\nlabel = "A"\nunit = "moment"\nvalue = "2024-01-01T00:00:00Z"', "", "value"),
    ],
)
def test_a_bad_parameter_is_named_with_its_field_and_line(text: str, place: str, field: str) -> None:
    with pytest.raises(BadRulebook) as refused:
        book(text)
    assert place in plain(refused.value.message)
    assert (refused.value.field, refused.value.line is None) == (field, False)


@pytest.mark.parametrize(
    "text",
    ["= 3", 'name = "a"', 'name = "a"\ntitle = "A"\nzone = "Europe/Atlantide"', "name = 3", "taux = 33.5"],
)
def test_what_is_no_rulebook(text: str) -> None:
    with pytest.raises(BadRulebook):
        parse_rulebook(text)


def test_two_rules_of_one_name() -> None:
    with pytest.raises(BadRulebook, match="déjà pris"):
        book(rule(kind='"shares"') + '\n[[rule]]\nid = "r1"\nlabel = "R"\nkind = "shares"')
    with pytest.raises(BadRulebook, match="déjà pris"):
        book(PARAMETERS + PARAMETERS)


def test_a_rulebook_kept_as_json_is_refused_without_a_line() -> None:
    content = book(rule(kind='"shares"')).to_json()
    content["rule"][0]["kind"] = "inconnue"
    with pytest.raises(BadRulebook) as refused:
        rulebook_from_json(content)
    assert refused.value.line is None


def test_a_value_out_of_its_bounds_or_of_no_parameter() -> None:
    rulebook = book(rule(kind='"floor"', fact='"project.grant"', limit='"limit"'))
    with pytest.raises(BadParameter):
        rulebook.with_parameters({"limit": "beaucoup"})
    with pytest.raises(KeyError):
        rulebook.with_parameters({"inconnu": 3})


def test_a_measure_that_is_no_number_is_as_missing() -> None:
    """Facts are typed but measures, which are open: a text where a number is needed never breaks an evaluation."""
    rulebook = book(rule(kind='"floor"', fact='"project.measures.agents"', limit='"limit"'))
    for agents, outcome in ((100, "pass"), (99, "fail"), ("cent", "undetermined"), (True, "undetermined")):
        facts = dossier(project("P1", measures={"agents": agents}))
        assert evaluate(rulebook, facts).of("r1")[0].outcome == outcome
