"""Kinds of rules that the rulebooks of today use little: bonus, lump sum, caps within the base or over years, terms."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.support.rulebook import book, dossier, project, told
from tests.support.worked import plain

from avenant.domain.funding.loans import LoanTerms
from avenant.domain.rules.evaluation import compare, evaluate
from avenant.domain.rules.kinds.terms import NO_SHEET, Advance
from avenant.domain.rules.rulebook import Rulebook
from avenant.domain.rules.tables import BadRulebook


def parameter(name: str, unit: str, value: str) -> str:
    return f'\n[[parameter]]\nname = "{name}"\nlabel = "{name}"\nunit = "{unit}"\nvalue = {value}\n'


def rule(kind: str, fields: str) -> str:
    return f'\n[[rule]]\nid = "r"\nkind = "{kind}"\nlabel = "Règle"\n{fields}\n'


def grants(rulebook: Rulebook, *projects: dict[str, Any], **facts: Any) -> list[str | None]:
    """The aid of each project."""
    amounts = [one.grant for one in evaluate(rulebook, dossier(*projects, **facts)).projects]
    return [None if one is None else str(one) for one in amounts]


BONUS = parameter("points", "percent", "5") + rule(
    "bonus", 'points = "points"\nwhen = { fact = "project.partners.count", at_least = "least" }'
)


@pytest.mark.parametrize(
    ("partners", "outcome", "grant"), [(1, "not_applicable", "400.00"), (2, "pass", "450.00"), (3, "pass", "450.00")]
)
def test_points_are_added_when_the_condition_holds(partners: int, outcome: str, grant: str) -> None:
    rulebook = book(parameter("least", "count", "2") + BONUS, rate=True)
    shared = project("P1", partners=[{"siret": str(number)} for number in range(partners)])
    found, evaluation = told(rulebook, dossier(shared), "r")
    assert (found, str(evaluation.grant)) == (outcome, grant)


def test_an_amount_is_added_and_an_unknown_condition_hides_the_aid() -> None:
    text = parameter("more", "euros", '"99.99"') + rule(
        "bonus", 'amount = "more"\nwhen = { fact = "project.in_scope", is = true }'
    )
    rulebook = book(text, rate=True)
    assert grants(rulebook, project("P1", in_scope=True), project("P2", in_scope=False)) == ["499.99", "400.00"]
    unknown = evaluate(rulebook, dossier())
    assert (unknown.of("r")[0].outcome, unknown.grant) == ("undetermined", None)
    assert unknown.projects[0].missing == ("project.in_scope",)


@pytest.mark.parametrize(
    ("agents", "outcome", "grant"),
    [(0, "pass", "0.00"), (29, "pass", "3622.10"), (30, "pass", "3747.00"), (31, "warning", "3747.00")],
)
def test_a_lump_sum_for_so_many_units(agents: int, outcome: str, grant: str) -> None:
    rulebook = book(
        parameter("unit", "euros", '"124.90"')
        + parameter("most", "count", "30")
        + rule("lump_sum", 'units = "project.measures.agents"\namount = "unit"\nat_most = "most"')
    )
    found, evaluation = told(rulebook, dossier(project("P1", measures={"agents": agents})), "r")
    assert (found, str(evaluation.grant)) == (outcome, grant)
    assert told(rulebook, dossier(), "r")[0] == "undetermined"


def lines(*amounts: tuple[str, str]) -> dict[str, Any]:
    expenses = [
        {"code": f"L{number}", "kind": kind, "excl_tax": amount, "incl_tax": amount}
        for number, (kind, amount) in enumerate(amounts, 1)
    ]
    return {"code": "P1", "expenses": expenses}


@pytest.mark.parametrize(
    ("training", "outcome", "eligible"),
    [("249.99", "pass", "999.99"), ("250.00", "pass", "1000.00"), ("250.01", "warning", "1000.00")],
)
def test_training_counts_for_a_quarter_of_the_base_at_most(training: str, outcome: str, eligible: str) -> None:
    """The share is taken of the base before the cut: 25 % of 1,000.01 is 250.00."""
    rulebook = book(
        parameter("quarter", "percent", "25")
        + rule("share_cap", 'of = { fact = "line.kind", is = "formation" }\nshare = "quarter"'),
        rate=True,
    )
    found, evaluation = told(rulebook, dossier(lines(("conseil", "750.00"), ("formation", training))), "r")
    assert (found, str(evaluation.projects[0].eligible_excl_tax)) == (outcome, eligible)


def test_a_cap_within_the_base_is_shared_without_losing_a_cent() -> None:
    rulebook = book(
        parameter("most", "euros", '"100.00"')
        + rule("share_cap", 'of = { fact = "line.kind", is = "formation" }\namount = "most"'),
        rate=True,
    )
    three = dossier(lines(("formation", "70.00"), ("formation", "70.00"), ("formation", "70.00"), ("conseil", "1.00")))
    project_ = evaluate(rulebook, three).projects[0]
    kept = [str(one.eligible_excl_tax) for one in project_.lines]
    assert kept == ["33.33", "33.34", "33.33", "1.00"]
    assert str(project_.eligible_excl_tax) == "101.00"
    unknown = evaluate(rulebook, dossier({"code": "P1", "expenses": [{"code": "L1", "excl_tax": "5.00"}]}))
    assert (unknown.of("r")[0].outcome, unknown.grant) == ("undetermined", None)


@pytest.mark.parametrize(
    ("paid", "own", "until", "outcome", "grant"),
    [
        ("2026-03-31", None, "2026-03-31", "pass", "400.00"),
        ("2026-04-01", None, "2026-03-31", "warning", "0.00"),
        ("2025-12-31", "2025-12-31", "2026-03-31", "pass", "400.00"),
        ("2026-01-01", "2025-12-31", "2026-03-31", "warning", "0.00"),
        ("2026-04-01", "2026-06-30", "2026-03-31", "warning", "0.00"),
        ("2030-01-01", None, None, "pass", "400.00"),
        (None, None, "2026-03-31", "undetermined", None),
        (None, "2025-12-31", "2026-03-31", "undetermined", None),
    ],
)
def test_an_expense_carries_its_own_last_day(
    paid: str | None, own: str | None, until: str | None, outcome: str, grant: str | None
) -> None:
    """The nearest of its own day and the call's is admitted; the day after, the line leaves the base."""
    limit = parameter("until", "date", until) if until else ""
    rulebook = book(limit + rule("line_deadline", "own = true" + ('\nuntil = "until"' if until else "")), rate=True)
    line = {
        "code": "L1",
        "kind": "conseil",
        "excl_tax": "1000.00",
        "incl_tax": "1000.00",
        "paid_on": paid,
        "deadline": own,
    }
    facts = dossier({"code": "P1", "expenses": [line]}, notified_on="2024-02-01")
    found, evaluation = told(rulebook, facts, "r")
    assert (found, None if evaluation.grant is None else str(evaluation.grant)) == (outcome, grant)


def test_before_the_notification_no_payment_is_awaited() -> None:
    rulebook = book(parameter("until", "date", "2026-03-31") + rule("line_deadline", 'until = "until"'), rate=True)
    found, evaluation = told(rulebook, dossier(), "r")
    assert (found, str(evaluation.grant)) == ("pass", "400.00")


@pytest.mark.parametrize(
    ("effect", "asked", "outcome", "grant"),
    [
        ("caps", "400.00", "pass", "400.00"),
        ("caps", "399.99", "warning", "399.99"),
        ("warns", "399.99", "warning", "400.00"),
        ("refuses", "400.00", "pass", "400.00"),
        ("refuses", "399.99", "fail", "400.00"),
    ],
)
def test_a_cap_says_whether_it_cuts_warns_or_refuses(effect: str, asked: str, outcome: str, grant: str) -> None:
    text = parameter("most", "euros", f'"{asked}"') + rule("cap", f'amount = "most"\neffect = "{effect}"')
    found, evaluation = told(book(text, rate=True), dossier(), "r")
    assert (found, str(evaluation.grant)) == (outcome, grant)


YEARS = (
    parameter("most", "euros", "1000") + parameter("years", "years", "3")
    + rule("cap", 'amount = "most"\nyears = "years"\nholder = "{holder}"')
)  # fmt: skip


def cap_over_years(holder: str = "beneficiary") -> Rulebook:
    return book(YEARS.replace("{holder}", holder), rate=True)


@pytest.mark.parametrize(
    ("on", "holder", "reach", "grant"),
    [
        ("2023-06-01", "beneficiary", "beneficiary", "400.00"),
        ("2023-06-02", "beneficiary", "beneficiary", "300.00"),
        ("2026-06-01", "beneficiary", "beneficiary", "300.00"),
        ("2026-06-02", "beneficiary", "beneficiary", "400.00"),
        ("2025-01-01", "group", "beneficiary", "400.00"),
        ("2025-01-01", "group", "group", "300.00"),
        ("2025-01-01", "beneficiary", "group", "300.00"),
    ],
)
def test_a_cap_over_three_years(on: str, holder: str, reach: str, grant: str) -> None:
    """The aids decided in the three years that end on the day of the deposit, that day included, leave 300 €."""
    earlier = [{"on": on, "amount": "700.00", "holder": holder}]
    deposit = {"submitted_at": "2026-06-01T08:00:00-04:00", "earlier_aids": earlier}
    assert grants(cap_over_years(reach), project("P1"), **deposit) == [grant]


def test_a_cap_over_years_is_not_told_without_the_earlier_aids() -> None:
    rulebook = cap_over_years()
    found, evaluation = told(rulebook, dossier(submitted_at="2026-06-01T08:00:00-04:00"), "r")
    assert (found, evaluation.grant, evaluation.missing) == ("undetermined", None, ("earlier_aids",))
    nothing_left = {"earlier_aids": [{"on": "2026-01-01", "amount": "1000.01"}]}
    assert grants(rulebook, project("P1"), submitted_at="2026-06-01T08:00:00-04:00", **nothing_left) == ["0.00"]


def test_a_cap_of_the_dossier_is_shared_between_its_projects() -> None:
    text = parameter("most", "euros", "100") + rule("cap", 'amount = "most"\nper = "dossier"')
    assert grants(book(text, rate=True), project("P1"), project("P2"), project("P3")) == ["33.33", "33.34", "33.33"]


BY = (
    parameter("rates", "percent_by", '{ public = 40, private_profit = "33.5" }')
    + parameter("caps", "euros_by", "{ public = 350, private_profit = 1000 }")
    + rule("rate", 'rate = "rates"\nby = "applicant.status"')
    + rule("cap", 'amount = "caps"\nby = "applicant.status"').replace('id = "r"', 'id = "cap"')
)


@pytest.mark.parametrize(
    ("status", "grant"), [("public", "350.00"), ("private_profit", "335.00"), ("private_nonprofit", None), (None, None)]
)
def test_a_rate_and_a_cap_chosen_in_a_table(status: str | None, grant: str | None) -> None:
    evaluation = evaluate(book(BY), dossier(applicant={"status": status}))
    assert evaluation.grant == (None if grant is None else Decimal(grant))
    if grant is None:
        wanted = "applicant.status" if status is None else "parameter:rates"
        assert wanted in evaluation.of("r")[0].missing


def test_interim_payments_stop_at_a_share_of_the_aid() -> None:
    text = parameter("ceiling", "percent", "80") + rule("interim", 'ceiling = "ceiling"')
    rulebook = book(text, rate=True)
    found, evaluation = told(rulebook, dossier(), "r")
    assert (found, evaluation.of("r")[0].amounts) == ("pass", (("before_balance", Decimal("320.00")),))
    blank, evaluation = told(rulebook.with_parameters({"ceiling": None}), dossier(), "r")
    assert (blank, evaluation.missing) == ("undetermined", ("parameter:ceiling",))
    assert "paramètre à fixer : ceiling" in plain(evaluation.of("r")[0].sentence)


def test_an_advance_and_a_loan() -> None:
    share = parameter("share", "percent", "30")
    advance = told(book(share + rule("advance", 'share = "share"'), rate=True), dossier(), "r")[1]
    assert advance.of("r")[0].amounts == (("advance", Decimal("120.00")),)
    months = parameter("months", "months", "7") + "minimum = 1\n"
    loan = 'share = "share"\nrepaid_over = "months"'
    found = told(book(share + months + rule("advance", loan), rate=True), dossier(), "r")[1].of("r")[0]
    assert dict(found.amounts) == {"loan": Decimal("120.00"), "repayment": Decimal("17.14")}
    assert "7 échéances de 17,14 €, la dernière de 17,16 €" in plain(found.sentence)
    held = parameter("held", "months", "0") + "minimum = 0\n"
    quarter = parameter("quarter", "months", "3") + "minimum = 1\n"
    fields = f'{loan}\ndeferred = "held"\nevery = "quarter"'
    advance_rule = book(share + months + held + quarter + rule("advance", fields)).first_of(Advance)
    assert advance_rule is not None
    assert advance_rule.loan(NO_SHEET) == LoanTerms(over=7, every=3, deferred=0)


@pytest.mark.parametrize(("field", "least"), [("repaid_over", 1), ("every", 1), ("deferred", 0)])
def test_a_loan_of_no_duration_cannot_be_written(field: str, least: int) -> None:
    share, months = parameter("share", "percent", "30"), parameter("months", "months", "7")
    fields = f'share = "share"\n{field} = "months"'
    for bound in ("", f"minimum = {least - 1}\n"):
        with pytest.raises(BadRulebook, match="minimum"):
            book(share + months + bound + rule("advance", fields), rate=True)
    book(share + months + f"minimum = {least}\n" + rule("advance", fields), rate=True)


PORTFOLIO = {
    "at_least": parameter("limits", "percent_by", "{ 978 = 10 }"),
    "at_most": parameter("limits", "euros_by", "{ 978 = 10 }"),
}


@pytest.mark.parametrize(
    ("side", "amount", "outcome"),
    [
        ("at_least", "9.99", "warning"),
        ("at_least", "10.00", "pass"),
        ("at_least", "10.01", "pass"),
        ("at_most", "9.99", "pass"),
        ("at_most", "10.00", "pass"),
        ("at_most", "10.01", "warning"),
    ],
)
def test_a_limit_over_all_the_dossiers(side: str, amount: str, outcome: str) -> None:
    """Of 100 € in all, Saint-Martin receives at least a tenth; or 10 € at most."""
    text = PORTFOLIO[side] + rule("portfolio", f'by = "applicant.territory"\nlimits = "limits"\nside = "{side}"')
    rulebook = book(text, rate=True)
    there, here = (dossier(applicant={"territory": place}) for place in ("978", "971"))
    given = Decimal(amount)
    (finding,) = rulebook.judge_portfolio([(there, given), (here, 100 - given)])
    assert finding.outcome == outcome
    assert evaluate(rulebook, there).of("r") == ()
    (unknown,) = rulebook.judge_portfolio([(dossier(), given)])
    assert (unknown.outcome, unknown.missing) == ("undetermined", ("applicant.territory",))


def test_what_if_tells_the_dossiers_that_change() -> None:
    text = parameter("least", "euros", "1000") + rule("floor", 'fact = "project.eligible_excl_tax"\nlimit = "least"')
    before = book(text, rate=True)
    after = before.with_parameters({"least": "1000.01", "rate": 50})
    small, large = dossier(project("P1", "1000.00")), dossier(project("P1", "2000.00"))
    first, second = compare(before, after, [("small", small), ("large", large)])
    assert (first.before, first.after, first.rules) == ("pass", "fail", ("r",))
    assert (second.rules, second.grant_before, second.grant_after) == ((), Decimal(800), Decimal(1000))
    assert second.changed
    assert not next(iter(compare(before, before, [("small", small)]))).changed


def test_evaluating_changes_nothing_and_is_repeatable() -> None:
    rulebook, facts = cap_over_years(), dossier(submitted_at="2026-06-01T08:00:00-04:00", earlier_aids=[])
    assert evaluate(rulebook, facts) == evaluate(rulebook, facts)
    assert rulebook.value("rate") == Fraction(2, 5)


@pytest.mark.parametrize(
    ("kind", "fields", "known"),
    [
        ("excluded_expense", 'excluded = { fact = "line.kind", is = "formation" }', False),
        ("share_cap", 'of = { fact = "line.kind", is = "formation" }\namount = "most"', False),
        ("cap", 'amount = "most"', False),
        ("cap", 'amount = "most"\neffect = "warns"', True),
        ("cap", 'amount = "most"\neffect = "refuses"', True),
        ("public_aid", 'maximum = "all"', True),
        ("line_aid", 'maximum = "all"', True),
    ],
)
def test_a_condition_that_cannot_be_told_hides_the_aid_that_the_rule_may_change(
    kind: str, fields: str, known: bool
) -> None:
    text = parameter("most", "euros", "100") + parameter("all", "percent", "100")
    text += rule(kind, fields + '\nwhen = { fact = "channel", is = "paper" }')
    found, evaluation = told(book(text, rate=True), dossier(), "r")
    assert (found, evaluation.grant is not None) == ("undetermined", known)
    assert "channel" in evaluation.of("r")[0].missing
